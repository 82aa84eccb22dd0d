package io.tallypost.events;

import io.tallypost.mail.Lane;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The topics: what is on them, who writes, who reads. The key is the message id as text, except on
 * the config topics, where it is the id of the thing. Values are JSON of {@link EventJson}.
 */
public final class Topics {
  /** {@link SendRequested}. Intake writes; quota and audit read. */
  public static final String REQUESTS = "mail.requests.v1";

  /** {@link QuotaDecided}. Quota writes; every intake and audit read. */
  public static final String DECISIONS = "mail.decisions.v1";

  /**
   * The bytes of an approved {@link SendRequested}. Quota, the retry pump and replay write; workers
   * read.
   */
  public static final String APPROVED = "mail.approved.v1";

  /** As {@link #APPROVED}, for the lane that may wait. */
  public static final String APPROVED_BULK = "mail.approved.bulk.v1";

  /** {@link DeliveryOutcome}. Workers write; audit reads. */
  public static final String OUTCOMES = "mail.outcomes.v1";

  /**
   * The bytes of what could not be delivered or read, with a {@link DeadLetter} in headers. Audit
   * reads.
   */
  public static final String DEAD_LETTER = "mail.dead-letter.v1";

  /**
   * The current state of each API key, compacted. Intake writes; every service that answers REST
   * reads.
   */
  public static final String API_KEYS = "config.api-keys.v1";

  /** The current state of each tenant, compacted. As {@link #API_KEYS}. */
  public static final String TENANTS = "config.tenants.v1";

  /** The current state of each relay, compacted. Intake writes; workers read. */
  public static final String RELAYS = "config.relays.v1";

  /**
   * What operators did: {@link OperatorAction} to messages, which audit writes, and {@link
   * AdminEntry} for the log of who did what, which every service writes. Audit reads, and skips
   * kinds that it does not know.
   */
  public static final String OPERATIONS = "mail.operations.v1";

  /** Requests to test a relay. Intake writes; one worker reads. Kept for an hour. */
  public static final String RELAY_TESTS = "relay.tests.v1";

  /** Results of relay tests. Workers write; every intake reads. Kept for an hour. */
  public static final String RELAY_TEST_RESULTS = "relay.test-results.v1";

  private static final String RETRY_PREFIX = "mail.retry.";
  private static final Pattern RETRY = Pattern.compile("mail\\.retry\\.(\\d{1,12})(ms|s|m|h)\\.v1");

  private Topics() {}

  /** The queue for an approved mail of this lane. */
  public static String approved(Lane lane) {
    return switch (lane) {
      case TRANSACTIONAL -> APPROVED;
      case BULK -> APPROVED_BULK;
    };
  }

  /**
   * Where mail waits this long before its next attempt: the bytes as in {@link #APPROVED}, with
   * {@code due-at} in a header. Workers write and read. All records of one topic wait equally long,
   * so that the first is due first.
   */
  public static String retry(Duration delay) {
    return RETRY_PREFIX + shortForm(delay) + ".v1";
  }

  /** Whether a topic holds mail that waits for its next attempt. */
  public static boolean isRetry(String topic) {
    return topic.startsWith(RETRY_PREFIX);
  }

  /** How long mail waits in a retry topic; empty if the topic is none. */
  public static Optional<Duration> delay(String topic) {
    Matcher retry = RETRY.matcher(topic);
    if (!retry.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(retry.group(1));
    return Optional.of(
        switch (retry.group(2)) {
          case "ms" -> Duration.ofMillis(count);
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        });
  }

  private static String shortForm(Duration delay) {
    if (delay.toMillisPart() != 0) {
      return delay.toMillis() + "ms";
    }
    long seconds = delay.toSeconds();
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
