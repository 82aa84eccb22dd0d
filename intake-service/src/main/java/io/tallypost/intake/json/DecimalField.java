package io.tallypost.intake.json;

import io.tallypost.kit.json.JsonObject;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * A field with a decimal number of at least 0.
 *
 * @param most what it is at most
 * @param places how many decimal places it has at most
 */
public record DecimalField(String name, int most, int places) {

  /** Reads it: absent stays as it was, null is 0. */
  public BigDecimal read(JsonObject body, BigDecimal before) {
    return body.isNull(name) ? BigDecimal.ZERO : given(body).orElse(before);
  }

  private Optional<BigDecimal> given(JsonObject body) {
    return body.any(name)
        .flatMap(value -> {
          if (!value.isNumber()) {
            body.problem(name, "must be a number, not " + JsonObject.kind(value));
            return Optional.empty();
          }
          Optional<BigDecimal> number = value.decimalValueOpt().filter(this::fits);
          if (number.isEmpty()) {
            body.problem(
                name, "must be 0 to %d, with at most %d decimal places".formatted(most, places));
          }
          // JSON's 0.0004 may have come as 4.0E-4.
          return number.map(one -> new BigDecimal(one.stripTrailingZeros().toPlainString()));
        });
  }

  private boolean fits(BigDecimal number) {
    return number.signum() >= 0
        && number.compareTo(BigDecimal.valueOf(most)) <= 0
        && number.stripTrailingZeros().scale() <= places;
  }
}
