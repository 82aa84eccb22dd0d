package io.tallypost.events;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import io.tallypost.mail.SmtpReply;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** The cast of the tests: one tenant, one key, one mail, one moment. */
public final class Examples {
  public static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
  public static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  public static final Instant MIDNIGHT_AFTER = Instant.parse("2026-11-23T00:00:00Z");
  public static final TenantId ACME = new TenantId("acme");
  public static final ApiKeyId ACME_KEY = new ApiKeyId("acmeKey00001");
  public static final EmailAddress ALICE = new EmailAddress("alice@acme.example");
  public static final EmailAddress BOB = new EmailAddress("bob@example.org");
  public static final EmailAddress CAROL = new EmailAddress("carol@example.net");
  public static final MessageId MESSAGE_ID =
      MessageId.parse("019aab3e-5c00-7000-8000-000000000001");
  public static final SubmissionId SUBMISSION_ID =
      SubmissionId.parse("019aab3e-5c00-7000-8000-000000000002");

  public static final UUID LETTER_ID = UUID.fromString("019aab3e-5c00-7000-8000-00000000000a");
  public static final UUID JOB_ID = UUID.fromString("019aab3e-5c00-7000-8000-00000000000b");

  /** From Alice to Bob, with a copy to Carol, plain and HTML. */
  public static final Mail MAIL =
      new Mail(
          new Mailbox("Alice of Acme", ALICE),
          List.of(Mailbox.of(BOB)),
          List.of(new Mailbox("Carol", CAROL)),
          List.of(),
          List.of(),
          "Grüße aus 東京",
          "Hello Bob.\n",
          "<p>Hello Bob.</p>\n",
          new TreeMap<>());

  private Examples() {}

  /** A mail like {@link #MAIL}, to these recipients only. */
  public static Mail mailTo(EmailAddress... recipients) {
    return new Mail(
        MAIL.from(),
        Stream.of(recipients).map(Mailbox::of).toList(),
        List.of(),
        List.of(),
        List.of(),
        MAIL.subject(),
        MAIL.text(),
        MAIL.html(),
        MAIL.headers());
  }

  /** The request for {@link #MAIL} under {@link #MESSAGE_ID}. */
  public static SendRequested sendRequested() {
    return sendRequested(MESSAGE_ID, SUBMISSION_ID, MAIL, 1000);
  }

  /** A request of Acme's key, accepted at noon. */
  public static SendRequested sendRequested(
      MessageId messageId, SubmissionId submissionId, Mail mail, long dailyLimit) {
    var context =
        EventContext.accepted(
            messageId, submissionId, ACME, ACME_KEY, Mode.LIVE, Lane.TRANSACTIONAL, NOON);
    return new SendRequested(
        context,
        Fingerprint.of(mail, Lane.TRANSACTIONAL),
        false,
        List.of(new QuotaLimit(QuotaPolicyName.KEY_DAY, dailyLimit)),
        mail);
  }

  /** A new message's request, for tests that need many. */
  public static SendRequested nextSendRequested(Mail mail, long dailyLimit) {
    return sendRequested(MessageId.next(NOON), SubmissionId.next(NOON), mail, dailyLimit);
  }

  /** The approval of {@link #sendRequested()}. */
  public static QuotaDecided approved(SendRequested request) {
    return new QuotaDecided(
        request.context().next(QuotaDecided.TYPE, NOON.plusMillis(5), 0, 0),
        QuotaDecided.Verdict.APPROVED,
        request.mail().recipients().size(),
        List.of(new PolicyUsage(QuotaPolicyName.KEY_DAY, 1000, 2, MIDNIGHT_AFTER, false)),
        TRACE_ID);
  }

  /** What the relay of the examples takes for a recipient. */
  public static final BigDecimal COST = new BigDecimal("0.0004");

  /** The first attempt of {@link #sendRequested()}: Bob has it, Carol is tried again. */
  public static DeliveryOutcome.Deferred deferred(SendRequested request) {
    return new DeliveryOutcome.Deferred(
        request.context().next(DeliveryOutcome.Deferred.TYPE, NOON.plusMillis(40), 0, 1),
        new DeliveryOutcome.Attempt(
            "default",
            List.of(
                new RecipientResult(
                    BOB, RecipientResult.Status.DELIVERED, new SmtpReply(250, "2.1.5", "Ok"), null),
                new RecipientResult(
                    CAROL,
                    RecipientResult.Status.DEFERRED,
                    new SmtpReply(451, "4.7.1", "Greylisted"),
                    null)),
            12,
            false,
            COST),
        NOON.plus(Duration.ofSeconds(30)),
        "1 recipient deferred by the relay",
        true);
  }

  /** The second attempt: Carol has it too. */
  public static DeliveryOutcome.Delivered delivered(SendRequested request) {
    return new DeliveryOutcome.Delivered(
        request.context().next(DeliveryOutcome.Delivered.TYPE, NOON.plusSeconds(31), 0, 2),
        new DeliveryOutcome.Attempt(
            "default",
            List.of(
                new RecipientResult(
                    CAROL,
                    RecipientResult.Status.DELIVERED,
                    new SmtpReply(250, "2.1.5", "Ok"),
                    null)),
            9,
            false,
            COST));
  }

  /** The second attempt, had it failed for good. */
  public static DeliveryOutcome.Failed failed(SendRequested request) {
    return new DeliveryOutcome.Failed(
        request.context().next(DeliveryOutcome.Failed.TYPE, NOON.plusSeconds(31), 0, 2),
        new DeliveryOutcome.Attempt(
            "default",
            List.of(
                new RecipientResult(
                    CAROL,
                    RecipientResult.Status.FAILED,
                    new SmtpReply(550, "5.1.1", "No such user"),
                    null)),
            9,
            false,
            COST),
        DeadLetter.Category.PERMANENT,
        "1 recipient refused by the relay",
        List.of(CAROL));
  }

  /** The replay of {@link #failed}. */
  public static OperatorAction.Replayed replayed(SendRequested request) {
    return OperatorAction.Replayed.of(
        LETTER_ID,
        JOB_ID,
        NOON.plusSeconds(60),
        ACME_KEY,
        Topics.APPROVED,
        List.of(CAROL),
        "second",
        request.context(),
        1);
  }

  /** An end for a letter about a record that nobody could read. */
  public static OperatorAction.Discarded discarded() {
    return OperatorAction.Discarded.of(
        LETTER_ID, NOON.plusSeconds(60), ACME_KEY, "not ours", null, 0, 0);
  }

  /** A key's limit was raised. */
  public static AdminEntry adminEntry() {
    return new AdminEntry(
        EventContext.VERSION,
        JOB_ID,
        NOON,
        "intake-service",
        new AdminEntry.Actor(ACME_KEY.value(), "ci", ACME, "192.0.2.1", "req-7"),
        "api_key.changed",
        ACME_KEY.value(),
        ACME,
        List.of("daily_limit"),
        "as they asked",
        Map.of("version", 1, "limits", List.of(Map.of("policy", "key_day", "limit", 1000))),
        Map.of("version", 2, "limits", List.of(Map.of("policy", "key_day", "limit", 2000))));
  }

  /** A second start for {@link #sendRequested()}. */
  public static OperatorAction.Redriven redriven(SendRequested request) {
    return OperatorAction.Redriven.of(
        JOB_ID, NOON.plusSeconds(900), ACME_KEY, Topics.REQUESTS, request.context(), 0, 0);
  }
}
