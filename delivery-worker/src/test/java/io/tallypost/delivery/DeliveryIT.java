package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.DeliveryOutcome.Failed;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One worker, one relay, and everything that may come between them. */
class DeliveryIT {
  private static final Map<String, AtomicInteger> ASKED = new ConcurrentHashMap<>();
  private static SmtpSink sink;
  private static WorkerUnderTest worker;
  private static Queues queues;

  @BeforeAll
  static void start() {
    sink = SmtpSink.start();
    sink.follow(DeliveryIT::behave);
    worker = WorkerUnderTest.start(sink);
    queues = new Queues();
  }

  @AfterAll
  static void stop() {
    worker.close();
    queues.close();
    sink.close();
  }

  /** The sink does what the recipient's address says. */
  private static SmtpAnswer behave(SmtpStage stage) {
    return switch (stage) {
      case SmtpStage.Recipient(var session, var address) -> {
        int time = ASKED.computeIfAbsent(address, a -> new AtomicInteger()).incrementAndGet();
        if (address.startsWith("refused")) {
          yield SmtpAnswer.reply(550, "5.1.1 <" + address + ">: no such user");
        }
        yield address.startsWith("always") || (address.startsWith("twice") && time <= 2)
            ? SmtpAnswer.reply(451, "4.7.1 greylisted")
            : SmtpAnswer.accept();
      }
      case SmtpStage.FinalDot(var session, var mail) -> {
        String first = mail.recipients().getFirst();
        int time = ASKED.computeIfAbsent("." + first, a -> new AtomicInteger()).incrementAndGet();
        yield first.startsWith("vanish") && time == 1 ? SmtpAnswer.close() : SmtpAnswer.accept();
      }
      default -> SmtpAnswer.accept();
    };
  }

  @Test
  void deliversWhatWasApproved() {
    SendRequested request = Examples.nextSendRequested(Examples.MAIL, 10);
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSize(1).first().isInstanceOf(Delivered.class);
    assertThat(outcomes.getFirst().context().attempt()).isEqualTo(1);
    assertThat(outcomes.getFirst().attempt().results())
        .extracting("reply.code")
        .containsExactly(250, 250);
    assertThat(received(request)).hasSize(1);
    assertThat(received(request).getFirst().mailFrom()).isEqualTo("alice@acme.example");
    assertThat(received(request).getFirst().recipients())
        .containsExactly("bob@example.org", "carol@example.net");
  }

  @Test
  void continuesTheTraceOfTheApproval() {
    SendRequested request = Examples.nextSendRequested(Examples.MAIL, 10);
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.TRACEPARENT, "00-" + trace + "-00f067aa0ba902b7-01")
            .set(RecordHeaders.REQUEST_ID, "req-1");
    queues.approve(request.messageId(), EventJson.write(request), headers);
    endOf(request);

    var outcome =
        RecordHeaders.of(queues.of(Topics.OUTCOMES, request.messageId()).getFirst().headers());
    assertThat(outcome.text(RecordHeaders.TRACEPARENT))
        .hasValueSatisfying(
            value -> assertThat(value).contains(trace).doesNotContain("00f067aa0ba902b7"));
    assertThat(outcome.text(RecordHeaders.REQUEST_ID)).contains("req-1");
    assertThat(new String(received(request).getFirst().raw(), UTF_8))
        .contains("X-Tallypost-Trace: " + trace);
  }

  @Test
  void deliversAtTheThirdAttemptWhatIsGreylistedTwice() {
    SendRequested request = mailTo("twice");
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSize(3);
    assertThat(outcomes)
        .extracting(outcome -> outcome.context().attempt())
        .containsExactly(1, 2, 3);
    assertThat(outcomes.subList(0, 2)).allMatch(Deferred.class::isInstance);
    assertThat(outcomes.get(2)).isInstanceOf(Delivered.class);
    assertThat(received(request)).hasSize(1);
    assertThat(queues.deadLetters(request.messageId())).isEmpty();
  }

  @Test
  void isNeverEarly() {
    SendRequested request = mailTo("twice");
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    for (int i = 0; i < 2; i++) {
      Instant due = ((Deferred) outcomes.get(i)).dueAt();
      Instant next = outcomes.get(i + 1).context().occurredAt();
      assertThat(next).isAfterOrEqualTo(due);
      assertThat(due)
          .isAfterOrEqualTo(outcomes.get(i).context().occurredAt().plusMillis(i == 0 ? 300 : 600));
    }
  }

  @Test
  void writesOneDeadLetterWithTheSameBytesForARefusal() throws Exception {
    SendRequested request = mailTo("refused");
    byte[] value = EventJson.write(request);
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSize(1).first().isInstanceOf(Failed.class);
    var letters = queues.deadLetters(request.messageId());
    assertThat(letters).hasSize(1);
    assertThat(letters.getFirst().value()).isEqualTo(value);
    var headers = RecordHeaders.of(letters.getFirst().headers());
    assertThat(headers.text(RecordHeaders.CATEGORY)).contains("permanent");
    assertThat(headers.count(RecordHeaders.ATTEMPTS)).hasValue(1);
    assertThat(headers.addresses(RecordHeaders.FAILED_RECIPIENTS))
        .isEqualTo(request.mail().recipients());
    assertThat(headers.text(RecordHeaders.REASON))
        .as("the relay's reply quotes the address, which only the send log has")
        .contains("1 recipient refused by the relay");
    SmtpReply reply = outcomes.getFirst().attempt().results().getFirst().reply();
    assertThat(Objects.requireNonNull(reply).text())
        .contains(request.mail().recipients().getFirst().value());
    assertThat(received(request)).isEmpty();
  }

  @Test
  void writesOneDeadLetterWithTheSameBytesForWhatIsDeferredUntilItIsTooOld() {
    SendRequested request = mailTo("always");
    byte[] value = EventJson.write(request);
    var nearlyTooOld =
        RecordHeaders.empty()
            .set(
                RecordHeaders.AGE_FROM,
                Instant.now().minus(WorkerUnderTest.MAX_AGE).plusSeconds(4));
    queues.approve(request.messageId(), value, nearlyTooOld);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSizeGreaterThan(1);
    assertThat(outcomes.subList(0, outcomes.size() - 1)).allMatch(Deferred.class::isInstance);
    assertThat(((Failed) outcomes.getLast()).category()).isEqualTo(DeadLetter.Category.EXHAUSTED);
    var letters = queues.deadLetters(request.messageId());
    assertThat(letters).hasSize(1);
    assertThat(letters.getFirst().value()).isEqualTo(value);
    assertThat(RecordHeaders.of(letters.getFirst().headers()).count(RecordHeaders.ATTEMPTS))
        .hasValue(outcomes.size());
    assertThat(received(request)).isEmpty();
  }

  @Test
  void givesEachAcceptedRecipientOneCopyWhenOthersAreRefusedOrDeferred() {
    SendRequested request = mailTo("refused", "twice", "fine", "twice", "fine");
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSize(3);
    List<EmailAddress> all = request.mail().recipients();
    assertThat(((Failed) outcomes.get(2)).recipients()).containsExactly(all.getFirst());
    assertThat(received(request).stream().flatMap(mail -> mail.recipients().stream()))
        .containsExactlyInAnyOrderElementsOf(
            all.subList(1, 5).stream().map(EmailAddress::value).toList());
    assertThat(queues.deadLetters(request.messageId())).hasSize(1);
    assertThat(outcomes.get(1).attempt().results())
        .as("only the open recipients are tried again")
        .hasSize(2);
  }

  @Test
  void recordsALostReplyAfterTheDotAsInDoubtAndTriesAgainUnderTheSameMessageId() {
    SendRequested request = mailTo("vanish");
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes)
        .extracting(outcome -> outcome.attempt().inDoubt())
        .containsExactly(true, false);
    assertThat(outcomes.getLast()).isInstanceOf(Delivered.class);
    assertThat(received(request)).hasSize(2);
  }

  @Test
  void deadLettersUnreadableRecordsAsTheyAreAndGoesOn() {
    SendRequested before = mailTo("before");
    SendRequested after = mailTo("after");
    byte[] higherVersion =
        new String(EventJson.write(mailTo("later")), UTF_8)
            .replace("\"v\":1", "\"v\":99")
            .getBytes(UTF_8);
    List<byte[]> unreadable =
        List.of(
            new byte[] {0, 1, 2, (byte) 0xff},
            new byte[0],
            "[1, 2]".getBytes(UTF_8),
            "{\"type\":\"delivered\"}".getBytes(UTF_8),
            higherVersion);
    int partition = 1;
    byte[] key = ("poison-" + MessageId.next(Instant.now())).getBytes(UTF_8);
    queues.put(
        new ProducerRecord<>(Topics.APPROVED, partition, id(before), EventJson.write(before)));
    for (byte[] value : unreadable) {
      queues.put(new ProducerRecord<>(Topics.APPROVED, partition, key, value));
    }
    queues.put(new ProducerRecord<>(Topics.APPROVED, partition, id(after), EventJson.write(after)));

    assertThat(endOf(before).getLast()).isInstanceOf(Delivered.class);
    assertThat(endOf(after).getLast()).isInstanceOf(Delivered.class);
    Predicate<ConsumerRecord<byte[], byte[]>> ours = record -> Arrays.equals(record.key(), key);
    await()
        .untilAsserted(() ->
            assertThat(
                    queues.all(Topics.DEAD_LETTER).stream().filter(ours).map(ConsumerRecord::value))
                .containsExactlyInAnyOrderElementsOf(unreadable));
    assertThat(queues.all(Topics.DEAD_LETTER).stream().filter(ours))
        .allSatisfy(letter ->
            assertThat(RecordHeaders.of(letter.headers()).text(RecordHeaders.CATEGORY))
                .contains(DeadLetter.Category.POISON.wireName()));
    assertThat(worker.isAlive()).isTrue();
  }

  @Test
  void sendsNothingToTheRelayInTestMode() {
    SendRequested bounced = testMail("bounced+x@simulator.tallypost.test");
    SendRequested deferred = testMail("deferred@simulator.tallypost.test");
    SendRequested other = testMail("somebody@example.org");
    List.of(bounced, deferred, other).forEach(queues::approve);

    assertThat(endOf(bounced)).hasSize(1).first().isInstanceOf(Failed.class);
    assertThat(endOf(deferred)).hasSize(3).last().isInstanceOf(Delivered.class);
    assertThat(endOf(other)).hasSize(1).first().isInstanceOf(Delivered.class);
    assertThat(received(bounced)).isEmpty();
    assertThat(received(deferred)).isEmpty();
    assertThat(received(other)).isEmpty();
  }

  @Test
  void keepsConnectionsOpen() {
    long before = sink.connections();
    List<SendRequested> requests = IntStream.range(0, 40).mapToObj(i -> mailTo("kept")).toList();
    requests.forEach(queues::approve);

    await()
        .untilAsserted(
            () -> assertThat(requests).allMatch(request -> received(request).size() == 1));

    assertThat(sink.connections() - before).isLessThanOrEqualTo(20);
  }

  private static List<DeliveryOutcome> endOf(SendRequested request) {
    await()
        .until(
            () -> queues.outcomes(request.messageId()),
            outcomes -> outcomes.stream().anyMatch(outcome -> !(outcome instanceof Deferred)));
    return queues.outcomes(request.messageId());
  }

  private static List<ReceivedMail> received(SendRequested request) {
    String id = request.messageId().internetMessageId(request.mail().from().address());
    return sink.inbox().mails().stream()
        .filter(mail -> new String(mail.raw(), UTF_8).contains("Message-ID: " + id))
        .toList();
  }

  private static byte[] id(SendRequested request) {
    return request.messageId().toString().getBytes(UTF_8);
  }

  /** A mail to recipients that the sink treats as these words say. */
  private static SendRequested mailTo(String... behaviours) {
    MessageId unique = MessageId.next(Instant.now());
    List<Mailbox> to =
        IntStream.range(0, behaviours.length)
            .mapToObj(
                i -> new EmailAddress(behaviours[i] + "-" + i + "-" + unique + "@example.org"))
            .map(Mailbox::of)
            .toList();
    var mail =
        new Mail(
            Examples.MAIL.from(),
            to,
            List.of(),
            List.of(),
            List.of(),
            "Hello",
            "Hello.\n",
            null,
            new TreeMap<>());
    return Examples.nextSendRequested(mail, 10);
  }

  private static SendRequested testMail(String recipient) {
    SendRequested live =
        Examples.nextSendRequested(Examples.mailTo(new EmailAddress(recipient)), 10);
    EventContext context = live.context();
    return new SendRequested(
        EventContext.accepted(
            context.messageId(),
            context.submissionId(),
            context.tenant(),
            context.apiKeyId(),
            Mode.TEST,
            Lane.TRANSACTIONAL,
            context.acceptedAt()),
        live.fingerprint(),
        false,
        live.limits(),
        live.mail());
  }
}
