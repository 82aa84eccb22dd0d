package io.tallypost.quota;

import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;

import io.tallypost.events.ApiKeyId;
import io.tallypost.events.EmailAddress;
import io.tallypost.events.EventContext;
import io.tallypost.events.Fingerprint;
import io.tallypost.events.Lane;
import io.tallypost.events.Mail;
import io.tallypost.events.Mailbox;
import io.tallypost.events.MessageId;
import io.tallypost.events.Mode;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.QuotaPolicyName;
import io.tallypost.events.SendRequested;
import io.tallypost.events.SubmissionId;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Makes requests: everything has a default, and each test says what it cares about. */
record Requests(
    ApiKeyId key,
    Instant acceptedAt,
    List<QuotaLimit> limits,
    Mode mode,
    Lane lane,
    boolean keyed) {
  private static final AtomicLong KEYS = new AtomicLong(System.nanoTime());

  /** Of a key that no other test uses. */
  static Requests ofNewKey(QuotaLimit... limits) {
    var key = new ApiKeyId("key" + KEYS.incrementAndGet());
    return new Requests(key, NOON, List.of(limits), Mode.LIVE, Lane.TRANSACTIONAL, false);
  }

  static Requests ofNewKey(long dailyLimit) {
    return ofNewKey(new QuotaLimit(QuotaPolicyName.KEY_DAY, dailyLimit));
  }

  Requests at(Instant when) {
    return new Requests(key, when, limits, mode, lane, keyed);
  }

  Requests limited(QuotaLimit... others) {
    return new Requests(key, acceptedAt, List.of(others), mode, lane, keyed);
  }

  Requests inMode(Mode other) {
    return new Requests(key, acceptedAt, limits, other, lane, keyed);
  }

  Requests inLane(Lane other) {
    return new Requests(key, acceptedAt, limits, mode, other, keyed);
  }

  Requests withIdempotencyKey() {
    return new Requests(key, acceptedAt, limits, mode, lane, true);
  }

  /** A mail of its own to so many recipients. */
  SendRequested next(int recipients) {
    return of(MessageId.next(NOON), recipients);
  }

  /** A new POST of this message; as many recipients make the same mail. */
  SendRequested of(MessageId message, int recipients) {
    return of(message, SubmissionId.next(NOON), recipients);
  }

  SendRequested of(MessageId message, SubmissionId submission, int recipients) {
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
