package io.tallypost.intake;

import io.tallypost.mail.HeaderText;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** Text that a mail's header may have; blank is none. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = HeaderSafe.Rule.class)
public @interface HeaderSafe {
  String message() default "must be one line without control characters";

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  /** The check. */
  final class Rule implements ConstraintValidator<HeaderSafe, String> {

    @Override
    public boolean isValid(@Nullable String value, ConstraintValidatorContext context) {
      if (value == null || value.isBlank()) {
        return true;
      }
      try {
        HeaderText.check(value);
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }
}
