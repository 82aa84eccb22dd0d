package io.tallypost.quota.consume;

import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;

import io.tallypost.events.EventContext;
import io.tallypost.events.Fingerprint;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Makes requests: everything has a default, and each test says what it cares about. */
public record Requests(
    ApiKeyId key,
    Instant acceptedAt,
    List<QuotaLimit> limits,
    Mode mode,
    Lane lane,
    boolean keyed) {
  private static final AtomicLong KEYS = new AtomicLong(System.nanoTime());

  /** Of a key that no other test uses. */
  public static Requests ofNewKey(QuotaLimit... limits) {
    var key = new ApiKeyId("key" + KEYS.incrementAndGet());
    return new Requests(key, NOON, List.of(limits), Mode.LIVE, Lane.TRANSACTIONAL, false);
  }

  public static Requests ofNewKey(long dailyLimit) {
    return ofNewKey(new QuotaLimit(QuotaPolicyName.KEY_DAY, dailyLimit));
  }

  public Requests at(Instant when) {
    return new Requests(key, when, limits, mode, lane, keyed);
  }

  Requests limited(QuotaLimit... others) {
    return new Requests(key, acceptedAt, List.of(others), mode, lane, keyed);
  }

  public Requests inMode(Mode other) {
    return new Requests(key, acceptedAt, limits, other, lane, keyed);
  }

  Requests inLane(Lane other) {
    return new Requests(key, acceptedAt, limits, mode, other, keyed);
  }

  Requests withIdempotencyKey() {
    return new Requests(key, acceptedAt, limits, mode, lane, true);
  }

  /** A mail of its own to so many recipients. */
  public SendRequested next(int recipients) {
    return of(MessageId.next(NOON), recipients);
  }

  /** A new POST of this message; as many recipients make the same mail. */
  public SendRequested of(MessageId message, int recipients) {
    return of(message, SubmissionId.next(NOON), recipients);
  }

  public SendRequested of(MessageId message, SubmissionId submission, int recipients) {
    var mail = mailTo(recipients);
    return new SendRequested(
        EventContext.accepted(message, submission, ACME, key, mode, lane, acceptedAt),
        Fingerprint.of(mail, lane),
        keyed,
        limits,
        mail);
  }

  private static Mail mailTo(int recipients) {
    return new Mail(
        MAIL.from(),
        IntStream.range(0, recipients)
            .mapToObj(n -> Mailbox.of(new EmailAddress("r" + n + "@example.org")))
            .toList(),
        List.of(),
        List.of(),
        List.of(),
        MAIL.subject(),
        MAIL.text(),
        null,
        new TreeMap<>());
  }
}
