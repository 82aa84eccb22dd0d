package io.tallypost.kit.constraints;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An absolute {@code http} or {@code https} URL with a host. */
@Target({ElementType.FIELD, ElementType.TYPE_USE})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = HttpUrl.Rule.class)
public @interface HttpUrl {
  String message() default "must be an http or https URL with a host";

  /** Whether blank is allowed too, and means none. */
  boolean orBlank() default false;

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  /** The check. */
  final class Rule implements ConstraintValidator<HttpUrl, String> {
    private boolean orBlank;

    @Override
    public void initialize(HttpUrl annotation) {
      orBlank = annotation.orBlank();
    }

    @Override
    public boolean isValid(@Nullable String value, ConstraintValidatorContext context) {
      if (value == null || (orBlank && value.isBlank())) {
        return true;
      }
      try {
        URI uri = URI.create(value);
        return uri.getHost() != null && List.of("http", "https").contains(uri.getScheme());
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }
}
