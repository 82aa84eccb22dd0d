package io.tallypost.intake;

import io.tallypost.mail.EmailAddress;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** A mail's author address; blank is none. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = MailAddress.Rule.class)
public @interface MailAddress {
  String message() default "must be a mail address, such as noreply@example.org";

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  /** The check. */
  final class Rule implements ConstraintValidator<MailAddress, String> {

    @Override
    public boolean isValid(@Nullable String value, ConstraintValidatorContext context) {
      if (value == null || value.isBlank()) {
        return true;
      }
      try {
        var _ = new EmailAddress(value);
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }
}
