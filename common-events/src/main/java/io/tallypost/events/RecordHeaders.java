package io.tallypost.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.mail.EmailAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of a record, by Tallypost's names. Each hop copies all of them and sets only those it
 * owns. Reading never fails: a header that makes no sense counts as absent.
 */
public final class RecordHeaders {
  /** W3C Trace Context; each hop writes its own span into it. */
  public static final String TRACEPARENT = "traceparent";

  /** The HTTP request's {@code X-Request-ID}. */
  public static final String REQUEST_ID = "request-id";

  /** The intake instance that waits for the verdict. */
  public static final String REPLY_TO = "reply-to";

  /** How many delivery attempts were made so far; absent means none. */
  public static final String ATTEMPT = "attempt";

  /** How often the mail was replayed from the dead letters; absent means never. */
  public static final String REPLAY_COUNT = "replay-count";

  /**
   * Why the record is in its topic: {@code quota}, {@code retry}, {@code replay} or {@code
   * redrive}.
   */
  public static final String ORIGIN = "origin";

  /** When a mail has waited long enough in its retry topic: ISO 8601, UTC. */
  public static final String DUE_AT = "due-at";

  /**
   * When a waiting mail is due, if that is not {@link #DUE_AT}: until then it goes from one retry
   * topic to another, and this stays. ISO 8601, UTC.
   */
  public static final String RETRY_AT = "retry-at";

  /** When the first attempt was made: ISO 8601, UTC. */
  public static final String FIRST_ATTEMPT_AT = "first-attempt-at";

  /** The start of the maximum age, if that is not the acceptance: ISO 8601, UTC. */
  public static final String AGE_FROM = "age-from";

  /** The recipients who still have to get the mail, blank-separated; absent means all. */
  public static final String REMAINING_RECIPIENTS = "remaining-recipients";

  /** The recipients refused for good, blank-separated. */
  public static final String FAILED_RECIPIENTS = "failed-recipients";

  /** The id of the relay that a replay asked for; absent if the mail's own relays serve. */
  public static final String RELAY = "relay";

  /** Since when the mail has been parked, without an attempt since: ISO 8601, UTC. */
  public static final String PARKED_SINCE = "parked-since";

  /** Why the mail was parked last, without an attempt since. */
  public static final String PARKED_REASON = "parked-reason";

  /** The end of the time for which the last outcome said that the mail is parked: ISO 8601, UTC. */
  public static final String REPORTED_UNTIL = "reported-until";

  /** How often the mail was parked in total; absent means never. */
  public static final String PARKINGS = "parkings";

  /** A config record's row version. */
  public static final String VERSION = "version";

  /** On a dead letter without the mail's bytes: their {@link EventContext}, as JSON. */
  public static final String MESSAGE = "message";

  public static final String CATEGORY = "category";
  public static final String REASON = "reason";
  public static final String ATTEMPTS = "attempts";
  public static final String SOURCE_TOPIC = "source-topic";
  public static final String SOURCE_PARTITION = "source-partition";
  public static final String SOURCE_OFFSET = "source-offset";

  /** W3C Trace Context, section 3.2; an id of only zeros is none. */
  private static final Pattern TRACEPARENT_FORM =
      Pattern.compile("[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  /** More of anything than a mail ever has; one more still is a number. */
  private static final int HIGHEST_COUNT = 1_000_000;

  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

  private final Headers headers;

  private RecordHeaders(Headers headers) {
    this.headers = headers;
  }

  public static RecordHeaders empty() {
    return new RecordHeaders(new org.apache.kafka.common.header.internals.RecordHeaders());
  }

  /** A view on headers, for reading. */
  public static RecordHeaders of(Headers headers) {
    return new RecordHeaders(headers);
  }

  /** A copy, for the next hop. */
  public static RecordHeaders copyOf(Headers headers) {
    return new RecordHeaders(new org.apache.kafka.common.header.internals.RecordHeaders(headers));
  }

  /** Sets a header, so that it is there exactly once. */
  public RecordHeaders set(String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(UTF_8));
    return this;
  }

  public RecordHeaders set(String name, int value) {
    return set(name, Integer.toString(value));
  }

  public RecordHeaders set(String name, Instant value) {
    return set(name, value.toString());
  }

  /** Sets a list of addresses, or removes the header if the list is empty. */
  public RecordHeaders setAddresses(String name, List<EmailAddress> addresses) {
    return addresses.isEmpty()
        ? remove(name)
        : set(name, addresses.stream().map(EmailAddress::value).collect(Collectors.joining(" ")));
  }

  public RecordHeaders remove(String name) {
    headers.remove(name);
    return this;
  }

  public Optional<String> text(String name) {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null) {
      return Optional.empty();
    }
    try {
      // A decoder of its own reports malformed bytes, where new String(..) would replace them.
      return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(header.value())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * The trace that the record belongs to, 32 hex digits; absent without a valid {@code
   * traceparent}.
   */
  public Optional<String> traceId() {
    return text(TRACEPARENT)
        .map(TRACEPARENT_FORM::matcher)
        .filter(Matcher::matches)
        .map(form -> form.group(1));
  }

  /** A count; absent if it is not a number from 0 to a million. */
  public OptionalInt count(String name) {
    try {
      return text(name)
          .map(Integer::parseInt)
          .filter(n -> n >= 0 && n <= HIGHEST_COUNT)
          .map(OptionalInt::of)
          .orElseGet(OptionalInt::empty);
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** A time; absent if it is none, or not {@link #isPlausible}. */
  public Optional<Instant> instant(String name) {
    try {
      return text(name).map(Instant::parse).filter(RecordHeaders::isPlausible);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Whether it is in the years 1970 to 9999. Near the ends of time, sums overflow. */
  public static boolean isPlausible(Instant time) {
    return !time.isBefore(EARLIEST) && time.isBefore(END);
  }

  /**
   * A list of addresses; empty if the header is absent.
   *
   * @throws UnreadableRecordException if the header is there and one of them is no address: taken
   *     for an absent header, a list of those who remain would mean everybody
   */
  public List<EmailAddress> addresses(String name) throws UnreadableRecordException {
    Header header = headers.lastHeader(name);
    if (header == null) {
      return List.of();
    }
    try {
      return split(text(name).orElse("")).stream().map(EmailAddress::new).toList();
    } catch (IllegalArgumentException e) {
      throw new UnreadableRecordException("its header " + name + " is no list of addresses");
    }
  }

  /** A list of addresses where nobody is harmed if it is not known; empty if it cannot be read. */
  public List<EmailAddress> addressesIfReadable(String name) {
    try {
      return addresses(name);
    } catch (UnreadableRecordException e) {
      return List.of();
    }
  }

  /** Splits at the blanks that are not within the quotes of a quoted local part. */
  private static List<String> split(String list) {
    List<String> addresses = new ArrayList<>();
    boolean quoted = false;
    int start = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == ' ' && !quoted) {
        addresses.add(list.substring(start, i));
        start = i + 1;
      }
    }
    addresses.add(list.substring(start));
    return addresses;
  }

  public Headers toKafka() {
    return headers;
  }
}
