package io.tallypost.delivery.smtp.session;

import io.tallypost.delivery.smtp.wire.SmtpTimeouts;
import io.tallypost.kit.settings.Concerns;
import io.tallypost.relays.RelaySecurity;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Digits;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * One SMTP relay and how it is used.
 *
 * @param name its name in results, logs and metrics
 * @param host its host name, which its certificate must show
 * @param port usually 587 for {@code starttls}, 465 for {@code tls}, 25 for {@code none}
 * @param user the login's user; blank → no login
 * @param password the user's password
 * @param security how the connection is encrypted; {@code none} sends mail and passwords in clear
 *     and must be set explicitly
 * @param ehloName the worker's name in EHLO; blank → this machine's name
 * @param maxConnections the most connections of all workers together; each opens at least one
 * @param messagesPerConnection mails after which a connection is closed; not above the relay's own
 *     limit
 * @param maxAge age at which a connection is closed, so that a changed address is noticed
 * @param idleTimeout idle time after which a connection is closed; shorter than the relay's
 * @param validateAfter idle time after which a connection is checked (NOOP) before use
 * @param timeouts how long each wait in a conversation may last
 * @param costPerRecipient what the relay charges per accepted recipient, in any unit; metrics and
 *     the usage report sum it up
 */
public record RelaySettings(
    @DefaultValue("default") @NotBlank String name,
    @DefaultValue("") @NotBlank(message = "must be the relay's host name") String host,
    @DefaultValue("587") @Min(1) @Max(65535) int port,
    @DefaultValue("") String user,
    @DefaultValue("") String password,
    @DefaultValue("starttls") @NotNull RelaySecurity security,
    @DefaultValue("") String ehloName,
    @DefaultValue("20") @Min(1) int maxConnections,
    @DefaultValue("100") @Min(1) int messagesPerConnection,
    @DefaultValue("5m")
        @DurationUnit(ChronoUnit.SECONDS)
        @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration maxAge,
    @DefaultValue("30s")
        @DurationUnit(ChronoUnit.SECONDS)
        @DurationMin(inclusive = false, message = "must be longer than zero")
        Duration idleTimeout,
    @DefaultValue("10s")
        @DurationUnit(ChronoUnit.SECONDS)
        @DurationMin(message = "must not be negative")
        Duration validateAfter,
    @DefaultValue @Valid @NestedConfigurationProperty SmtpTimeouts timeouts,
    @DefaultValue("0")
        @DecimalMin(value = "0", message = COST)
        @DecimalMax(value = "1000000", message = COST)
        @Digits(integer = 7, fraction = 6, message = COST)
        BigDecimal costPerRecipient) {
  private static final String COST = "must be 0 to 1000000, with at most 6 decimal places";

  /** A login has both parts. */
  @Concerns({"user", "password"})
  @AssertTrue(message = "SMTP_USER and SMTP_PASSWORD must be set both or neither")
  public boolean isLoginComplete() {
    return user.isBlank() == password.isBlank();
  }

  public boolean hasLogin() {
    return !user.isBlank();
  }

  /** Without the login. */
  @Override
  public String toString() {
    return "%s (%s:%d, %s)".formatted(name, host, port, security);
  }
}
