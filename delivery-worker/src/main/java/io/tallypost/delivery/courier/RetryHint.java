package io.tallypost.delivery.courier;

import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How long a relay asks to be left alone. SMTP has no field for it; greylisting relays say it in
 * their reply's text: "450 4.7.1 Greylisted, please try again in 300 seconds". Pure.
 */
final class RetryHint {
  private static final Pattern FORM =
      Pattern.compile(
          "\\b(?:in|after|for|wait|within)\\s+(?:at least\\s+)?(\\d{1,5})\\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|h)\\b",
          Pattern.CASE_INSENSITIVE);

  private RetryHint() {}

  /** The longest wait asked for in a reply to a recipient who will be tried again. */
  static Optional<Duration> of(Collection<RecipientResult> results) {
    return results.stream()
        .filter(result -> result.status() == Status.DEFERRED)
        .map(RecipientResult::reply)
        .filter(Objects::nonNull)
        .map(SmtpReply::text)
        .flatMap(RetryHint::durations)
        .max(Comparator.naturalOrder());
  }

  private static Stream<Duration> durations(String text) {
    return FORM.matcher(text).results().map(RetryHint::duration);
  }

  private static Duration duration(MatchResult hint) {
    long count = Long.parseLong(hint.group(1));
    return switch (hint.group(2).toLowerCase(Locale.ROOT).charAt(0)) {
      case 's' -> Duration.ofSeconds(count);
      case 'm' -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }
}
