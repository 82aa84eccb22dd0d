package io.posthorn.intake;

import io.posthorn.events.EmailAddress;
import io.posthorn.events.HeaderText;
import io.posthorn.events.Mailbox;
import io.posthorn.keys.DomainRule;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set at intake.
 *
 * @param fromEmail {@code FROM_EMAIL}: the author of mail that names none, where its key names none
 *     either; none → such mail is refused
 * @param fromName {@code EMAIL_FROM_NAME}: the display name beside it
 * @param defaultDailyLimit {@code DEFAULT_DAILY_LIMIT}: recipients per day of a key that is created
 *     without a limit
 * @param allowDomains {@code ALLOW_DOMAINS}: the only domains that mail may go to, whatever the key
 *     ({@code acme.example}, or {@code *.acme.example} for all below it); none → all
 * @param publicUrl {@code PUBLIC_URL}: what links in answers begin with; the address that clients
 *     know, without a slash at its end
 * @param operatorKeyFile {@code OPERATOR_KEY_FILE}: where the first operator key is written; none →
 *     it is printed
 * @param verdictWait how long a client waits for quota's verdict before it is answered {@code
 *     queued}; quota usually takes 20 ms
 * @param rereadInterval how often changes are read from PostgreSQL, in case Kafka's events are
 *     late; a revoked key is refused after this time at the latest
 * @param requestsPerMinute how many requests to send one key may make in a minute at this process,
 *     before any work is done on them; a guard against runaway clients, not a quota
 */
@ConfigurationProperties("posthorn.intake")
public record IntakeSettings(
    @Nullable String fromEmail,
    @Nullable String fromName,
    @DefaultValue("1000") long defaultDailyLimit,
    @DefaultValue List<String> allowDomains,
    @DefaultValue("http://localhost:8080") String publicUrl,
    @Nullable Path operatorKeyFile,
    @DefaultValue("2s") Duration verdictWait,
    @DefaultValue("15s") Duration rereadInterval,
    @DefaultValue("6000") int requestsPerMinute) {

  /** More than any relay takes in a day; whoever asks for more has mistyped. */
  public static final long HIGHEST_DAILY_LIMIT = 1_000_000_000;

  /**
   * Checks all settings.
   *
   * @throws IllegalArgumentException naming every wrong one
   */
  public IntakeSettings {
    fromEmail = blankToNull(fromEmail);
    fromName = blankToNull(fromName);
    operatorKeyFile =
        operatorKeyFile == null || operatorKeyFile.toString().isBlank() ? null : operatorKeyFile;
    publicUrl = publicUrl.replaceFirst("/+$", "");
    var errors = new ArrayList<String>();
    if (fromEmail != null) {
      String address = fromEmail;
      check(errors, "from-email (FROM_EMAIL)", () -> new EmailAddress(address));
    }
    if (fromName != null) {
      String name = fromName;
      check(errors, "from-name (EMAIL_FROM_NAME)", () -> HeaderText.check(name));
    }
    if (defaultDailyLimit < 1 || defaultDailyLimit > HIGHEST_DAILY_LIMIT) {
      errors.add("default-daily-limit (DEFAULT_DAILY_LIMIT) must be 1 to " + HIGHEST_DAILY_LIMIT);
    }
    for (String domain : allowDomains) {
      check(errors, "allow-domains (ALLOW_DOMAINS)", () -> new DomainRule(domain));
    }
    String url = publicUrl;
    check(errors, "public-url (PUBLIC_URL)", () -> checkHttpUrl(url));
    if (verdictWait.isNegative() || verdictWait.compareTo(Duration.ofSeconds(30)) > 0) {
      errors.add("verdict-wait (POSTHORN_INTAKE_VERDICT_WAIT) must be 0 to 30 s");
    }
    if (rereadInterval.compareTo(Duration.ofMillis(100)) < 0
        || rereadInterval.compareTo(Duration.ofSeconds(30)) > 0) {
      errors.add("reread-interval (POSTHORN_INTAKE_REREAD_INTERVAL) must be 100 ms to 30 s");
    }
    if (requestsPerMinute < 1 || requestsPerMinute > 1_000_000) {
      errors.add("requests-per-minute (POSTHORN_INTAKE_REQUESTS_PER_MINUTE) must be 1 to 1000000");
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException("posthorn.intake: " + String.join("; ", errors));
    }
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

  private static void check(List<String> errors, String setting, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      errors.add(setting + " " + e.getMessage());
    }
  }

  private static void checkHttpUrl(String url) {
    URI uri = URI.create(url);
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
      throw new IllegalArgumentException("must be an http or https URL with a host");
    }
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }
}
