package io.tallypost.kit.keys;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What every service that keeps tenants' data must agree on.
 *
 * @param idReserved how long a deleted tenant's id cannot be reused: a new tenant would inherit its
 *     messages, usage, idempotency keys, dead letters and log. At least 15 days longer than the
 *     longest of these retentions, which each service checks at its start; the same in all services
 */
@Validated
@ConfigurationProperties("tallypost.tenants")
public record TenantSettings(
    @DefaultValue("420d") @DurationMin(days = 105, message = "must be at least 105d")
        Duration idReserved) {

  /** As long as a queued mail may stay unread on its topic, until it ends as a dead letter. */
  private static final Duration QUEUED = Duration.ofDays(15);

  /**
   * Checks that nothing of a former tenant outlives the reservation of its id.
   *
   * @param setting how long something of a tenant is kept
   * @throws IllegalStateException if that is too long
   */
  public void checkCovers(String setting, Duration kept) {
    Duration needed = kept.plus(QUEUED);
    if (needed.compareTo(idReserved) > 0) {
      throw new IllegalStateException(
          "%s keeps what belongs to a tenant for %d days. Set tallypost.tenants.id-reserved to at least %dd at all services, or a new tenant with the id of a deleted one would inherit it."
              .formatted(setting, kept.toDays(), needed.toDays()));
    }
  }
}
