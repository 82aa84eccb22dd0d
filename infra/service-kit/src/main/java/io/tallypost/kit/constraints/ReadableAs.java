package io.tallypost.kit.constraints;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/** A text that one of our records accepts: the record's own check decides. */
@Target({ElementType.FIELD, ElementType.TYPE_USE})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = ReadableAs.Rule.class)
public @interface ReadableAs {
  /** A type with a public constructor that takes one String. */
  Class<?> value();

  String message();

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  /** The check. */
  final class Rule implements ConstraintValidator<ReadableAs, String> {
    private @Nullable Constructor<?> constructor;

    @Override
    public void initialize(ReadableAs constraint) {
      try {
        constructor = constraint.value().getConstructor(String.class);
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException(constraint.value() + " is not made of a text", e);
      }
    }

    @Override
    public boolean isValid(@Nullable String value, ConstraintValidatorContext context) {
      if (value == null || constructor == null) {
        return true;
      }
      try {
        constructor.newInstance(value);
        return true;
      } catch (ReflectiveOperationException e) {
        return false;
      }
    }
  }
}
