package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.courier.Courier;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.DeliveryOutcome.Failed;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.mail.EmailAddress;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.kafka.core.ProducerFactory;

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
        if (address.startsWith("closes")) {
          yield SmtpAnswer.reply(421, "4.7.0 not this one").thenClose();
        }
        if (address.startsWith("drops")) {
          yield SmtpAnswer.close();
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
    SendRequested request = TrialMails.to("twice");
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
    SendRequested request = TrialMails.to("twice");
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
    SendRequested request = TrialMails.to("refused");
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
    SendRequested request = TrialMails.to("always");
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
    SendRequested request = TrialMails.to("refused", "twice", "fine", "twice", "fine");
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

  @ParameterizedTest
  @ValueSource(strings = {"closes", "drops"})
  void asksAboutTheOthersWhereTheRelayAlwaysBreaksOffAtOneOfThem(String however) {
    SendRequested request = TrialMails.to(however, "fine", "fine");
    var nearlyTooOld =
        RecordHeaders.empty()
            .set(
                RecordHeaders.AGE_FROM,
                Instant.now().minus(WorkerUnderTest.MAX_AGE).plusSeconds(4));
    queues.approve(request.messageId(), EventJson.write(request), nearlyTooOld);

    List<DeliveryOutcome> outcomes = endOf(request);

    List<EmailAddress> all = request.mail().recipients();
    assertThat(((Failed) outcomes.getLast()).recipients()).containsExactly(all.getFirst());
    assertThat(received(request).stream().flatMap(mail -> mail.recipients().stream()))
        .containsExactlyInAnyOrderElementsOf(
            all.subList(1, 3).stream().map(EmailAddress::value).toList());
  }

  @Test
  void recordsALostReplyAfterTheDotAsInDoubtAndTriesAgainUnderTheSameMessageId() {
    SendRequested request = TrialMails.to("vanish");
    queues.approve(request);

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes)
        .extracting(outcome -> outcome.attempt().inDoubt())
        .containsExactly(true, false);
    assertThat(outcomes.getLast()).isInstanceOf(Delivered.class);
    assertThat(received(request)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "attempt,          2147483647",
    "attempt,          -2147483648",
    "replay-count,     2147483647",
    "parkings,         2147483647",
    "age-from,         +1000000000-12-31T23:59:59.999999999Z",
    "age-from,         -1000000000-01-01T00:00:00Z",
    "parked-since,     -1000000000-01-01T00:00:00Z",
    "reported-until,   +1000000000-12-31T23:59:59.999999999Z",
    "first-attempt-at, +1000000000-12-31T23:59:59.999999999Z",
  })
  void sendsOneMailWhateverItsHeadersSay(String header, String value) {
    SendRequested request = TrialMails.to("hostile");
    queues.approve(
        request.messageId(), EventJson.write(request), RecordHeaders.empty().set(header, value));

    List<DeliveryOutcome> outcomes = endOf(request);

    assertThat(outcomes).hasSize(1).first().isInstanceOf(Delivered.class);
    assertThat(received(request)).hasSize(1);
  }

  @Test
  void endsMailThatCannotBeWorkedOnAndSaysThatARelayMayHaveIt() throws Exception {
    SendRequested request = TrialMails.to("unforeseen");
    byte[] value = EventJson.write(request);

    worker
        .part(Courier.class)
        .giveUp(new ConsumerRecord<>(Topics.APPROVED, 0, 7, id(request), value), true);

    var failed = (Failed) endOf(request).getFirst();
    assertThat(failed.category()).isEqualTo(DeadLetter.Category.POISON);
    assertThat(failed.recipients()).isEqualTo(request.mail().recipients());
    assertThat(failed.attempt().inDoubt()).isTrue();
    assertThat(queues.deadLetters(request.messageId()))
        .hasSize(1)
        .first()
        .satisfies(letter -> assertThat(letter.value()).isEqualTo(value));
    assertThat(received(request)).isEmpty();
  }

  @Test
  void deadLettersUnreadableRecordsAsTheyAreAndGoesOn() {
    SendRequested before = TrialMails.to("before");
    SendRequested after = TrialMails.to("after");
    byte[] higherVersion =
        new String(EventJson.write(TrialMails.to("later")), UTF_8)
            .replace("\"v\":1", "\"v\":99")
            .getBytes(UTF_8);
    byte[] acceptedAtTheEndOfTime =
        new String(EventJson.write(TrialMails.to("timeless")), UTF_8)
            .replaceFirst("(\"accepted_at\":\")[^\"]+", "$1" + Instant.MAX)
            .getBytes(UTF_8);
    List<byte[]> unreadable =
        List.of(
            new byte[] {0, 1, 2, (byte) 0xff},
            new byte[0],
            "[1, 2]".getBytes(UTF_8),
            "{\"type\":\"delivered\"}".getBytes(UTF_8),
            acceptedAtTheEndOfTime,
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
    SendRequested bounced = TrialMails.test("bounced+x@simulator.tallypost.test");
    SendRequested deferred = TrialMails.test("deferred@simulator.tallypost.test");
    SendRequested other = TrialMails.test("somebody@example.org");
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
    List<SendRequested> requests =
        IntStream.range(0, 40).mapToObj(i -> TrialMails.to("kept")).toList();
    requests.forEach(queues::approve);

    await()
        .untilAsserted(
            () -> assertThat(requests).allMatch(request -> received(request).size() == 1));

    assertThat(sink.connections() - before).isLessThanOrEqualTo(20);
  }

  /** A record that is given up and written anew may be there twice: a retry would be a copy. */
  @Test
  void neverGivesUpAResultThatTheBrokersMayHave() {
    ProducerFactory<?, ?> results = worker.part(ProducerFactory.class);

    assertThat(results.getConfigurationProperties().get(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
        .isEqualTo(Integer.MAX_VALUE);
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
}
