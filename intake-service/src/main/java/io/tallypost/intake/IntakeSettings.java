package io.tallypost.intake;

import io.tallypost.keys.DomainRule;
import io.tallypost.kit.constraints.HttpUrl;
import io.tallypost.kit.constraints.ReadableAs;
import io.tallypost.kit.settings.Concerns;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mailbox;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set at intake.
 *
 * @param fromEmail the author of mail that names none, if neither its key nor its tenant does; none
 *     → such mail is refused
 * @param fromName its display name
 * @param defaultDailyLimit recipients per day of a key created without a limit
 * @param allowDomains the only domains that any key may send to ({@code acme.example}, or {@code
 *     *.acme.example} for all below it); none → all
 * @param smtputf8 whether addresses may have non-ASCII letters left of the @ (RFC 6531); only when
 *     every service and relay can read them: older services make such mail a dead letter
 * @param publicUrl the base of links in answers: the address that clients know, without a final
 *     slash
 * @param operatorKeyFile where the first operator key is written; none → no key is made
 * @param verdictWait how long a client waits for quota's verdict before the answer {@code queued};
 *     quota usually takes 20 ms
 * @param rereadInterval how often changes are read from PostgreSQL in case Kafka's events are late;
 *     the longest time until a revoked key is refused
 * @param requestsPerMinute sends per minute of one key in this process, checked before any work; a
 *     guard against runaway clients, not a quota
 * @param requestsInFlightPerKey simultaneous requests of one key in this process; more than its
 *     client's connections
 * @param requestsInFlightPerTenant simultaneous requests of all keys of a tenant in this process
 * @param requestMemoryPercent percent of the heap for bodies of requests in flight; beyond it
 *     requests get 503. A body of 4 KB counts as 170 KB, one of 1 MB as 10 MB
 * @param relayTestWait how long a relay test waits for a worker's answer; a proxy in front must
 *     wait as long
 * @param adminLogRetention how long {@code admin_log} keeps who changed which key, tenant or relay
 */
@Validated
@ConfigurationProperties("tallypost.intake")
public record IntakeSettings(
    @MailAddress @Nullable String fromEmail,
    @HeaderSafe @Nullable String fromName,
    @DefaultValue("1000") @Min(1) @Max(IntakeSettings.HIGHEST_DAILY_LIMIT) long defaultDailyLimit,
    @DefaultValue
        List<
                @ReadableAs(
                    value = DomainRule.class,
                    message = "must be domains such as acme.example or *.acme.example")
                String>
            allowDomains,
    @DefaultValue("false") boolean smtputf8,
    @DefaultValue("http://localhost:8080") @HttpUrl String publicUrl,
    @Nullable Path operatorKeyFile,
    @DefaultValue("2s")
        @DurationMin(message = "must be 0s to 30s")
        @DurationMax(seconds = 30, message = "must be 0s to 30s")
        Duration verdictWait,
    @DefaultValue("15s")
        @DurationMin(millis = 100, message = "must be 100ms to 30s")
        @DurationMax(seconds = 30, message = "must be 100ms to 30s")
        Duration rereadInterval,
    @DefaultValue("6000") @Min(1) @Max(1_000_000) int requestsPerMinute,
    @DefaultValue("600") @Min(1) @Max(100_000) int requestsInFlightPerKey,
    @DefaultValue("2000") @Min(1) @Max(100_000) int requestsInFlightPerTenant,
    @DefaultValue("40") @Min(1) @Max(80) int requestMemoryPercent,
    @DefaultValue("45s")
        @DurationMin(seconds = 1, message = "must be 1s to 2m")
        @DurationMax(seconds = 120, message = "must be 1s to 2m")
        Duration relayTestWait,
    @DefaultValue("400d") @DurationMin(days = 1, message = "must be at least 1d")
        Duration adminLogRetention) {

  /** More than any relay takes in a day: a higher limit is a typing error. */
  public static final long HIGHEST_DAILY_LIMIT = 1_000_000_000;

  /** Takes blank for nothing, and the slash from the URL's end. */
  public IntakeSettings {
    fromEmail = blankToNull(fromEmail);
    fromName = blankToNull(fromName);
    operatorKeyFile =
        operatorKeyFile == null || operatorKeyFile.toString().isBlank() ? null : operatorKeyFile;
    publicUrl = publicUrl.replaceFirst("/+$", "");
  }

  /** The author is one that intake takes. */
  @Concerns({"fromEmail", "smtputf8"})
  @AssertTrue(message = "must be in ASCII left of the @ unless tallypost.intake.smtputf8 is true")
  public boolean isAuthorTaken() {
    // Whether it is an address at all is checked separately.
    return smtputf8
        || fromEmail == null
        || fromEmail.chars().limit(fromEmail.lastIndexOf('@') + 1L).allMatch(c -> c < 0x80);
  }

  /** The author of mail that names none. */
  public Optional<Mailbox> defaultFrom() {
    return Optional.ofNullable(fromEmail)
        .map(address -> new Mailbox(fromName, new EmailAddress(address)));
  }

  /** The only domains that mail may go to; empty for all. */
  public List<DomainRule> recipientDomains() {
    return allowDomains.stream().map(DomainRule::new).toList();
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }
}
