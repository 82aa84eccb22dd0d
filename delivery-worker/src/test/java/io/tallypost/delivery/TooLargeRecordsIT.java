package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.DeliveryOutcome.Failed;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.EmailAddress;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Mail whose records do not fit into their next topic ends as a dead letter or with fewer words,
 * and holds up nobody. The topics' limits are lowered at the broker.
 */
@Timeout(120)
class TooLargeRecordsIT {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(2);
  private static final int LIMIT = 100_000;
  private static final int MORE = 150_000;

  private static Admin admin;
  private static SmtpSink sink;
  private static WorkerUnderTest worker;
  private static Queues queues;

  @BeforeAll
  static void start() throws Exception {
    admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
    sink = SmtpSink.start();
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient to && to.address().startsWith("always")
            ? SmtpAnswer.reply(451, "4.7.1 greylisted")
            : SmtpAnswer.accept());
    worker = WorkerUnderTest.start(sink, "--tallypost.delivery.retry.delays=1s,2s");
    queues = new Queues();
    limit(Topics.OUTCOMES);
    limit(Topics.retry(LONG));
  }

  @AfterAll
  static void stop() throws Exception {
    unlimit(Topics.OUTCOMES);
    unlimit(Topics.retry(LONG));
    worker.close();
    queues.close();
    sink.close();
    admin.close();
  }

  @Test
  void tellsOfADeliveryWithFewerWords() {
    SendRequested request = mailTo("fine");

    queues.approve(request.messageId(), EventJson.write(request), large());

    DeliveryOutcome outcome = endOf(request);
    assertThat(outcome).isInstanceOf(Delivered.class);
    assertThat(outcome.attempt().results())
        .extracting(RecipientResult::status)
        .containsExactly(RecipientResult.Status.DELIVERED);
    assertThat(RelaysUnderTest.received(sink, request)).hasSize(1);
    assertThat(queues.deadLetters(request.messageId())).isEmpty();
  }

  @Test
  void endsAMailThatIsTooLargeToBeTriedAgain() throws Exception {
    limit(Topics.retry(SHORT));
    try {
      SendRequested request = mailTo("always");

      queues.approve(request.messageId(), EventJson.write(request), large());

      var failed = (Failed) endOf(request);
      assertThat(failed.category()).isEqualTo(DeadLetter.Category.POISON);
      assertThat(failed.reason()).contains("too large").contains("deferred by the relay");
      ConsumerRecord<byte[], byte[]> letter = queues.deadLetters(request.messageId()).getFirst();
      assertThat(letter.value()).isEqualTo(EventJson.write(request));
      assertThat(RecordHeaders.of(letter.headers()).addresses(RecordHeaders.FAILED_RECIPIENTS))
          .isEqualTo(request.mail().recipients());
      assertThat(queues.of(Topics.retry(SHORT), request.messageId())).isEmpty();
    } finally {
      unlimit(Topics.retry(SHORT));
    }
  }

  @Test
  void endsAMailThatIsTooLargeForItsMoveAndMovesOthers() {
    SendRequested tooLarge = mailTo("fine");
    SendRequested stranger = mailTo("fine");
    Instant due = Instant.now().plusMillis(200);

    put(tooLarge, large().set(RecordHeaders.RETRY_AT, due.plus(Duration.ofHours(1))), due);
    put(stranger, RecordHeaders.empty(), due);

    assertThat(endOf(stranger)).isInstanceOf(Delivered.class);
    var failed = (Failed) endOf(tooLarge);
    assertThat(failed.reason()).contains("too large");
    assertThat(queues.deadLetters(tooLarge.messageId()))
        .singleElement()
        .satisfies(letter -> assertThat(letter.value()).isEqualTo(EventJson.write(tooLarge)));
    assertThat(RelaysUnderTest.received(sink, tooLarge)).isEmpty();
  }

  @Test
  void tellsWhereTheBytesAreIfNotEvenTheirDeadLetterFits() throws Exception {
    limit(Topics.DEAD_LETTER);
    try {
      SendRequested moving = mailTo("fine");
      SendRequested unreadable = mailTo("fine");
      Instant due = Instant.now().plusMillis(200);

      put(moving, large().set(RecordHeaders.RETRY_AT, due.plus(Duration.ofHours(1))), due);
      var approved = queues.approve(unreadable.messageId(), "no mail".getBytes(UTF_8), large());

      var failed = (Failed) endOf(moving);
      assertThat(failed.recipients()).isEqualTo(moving.mail().recipients());
      assertThat(failed.attempt().results())
          .extracting(RecipientResult::recipient, RecipientResult::status)
          .containsExactly(
              tuple(moving.mail().recipients().getFirst(), RecipientResult.Status.FAILED));
      await().until(() -> !queues.deadLetters(moving.messageId()).isEmpty());
      ConsumerRecord<byte[], byte[]> last = queues.deadLetters(moving.messageId()).getFirst();
      assertThat(last.value()).isNull();
      var told = RecordHeaders.of(last.headers());
      assertThat(told.addresses(RecordHeaders.FAILED_RECIPIENTS))
          .isEqualTo(moving.mail().recipients());
      assertThat(told.text(RecordHeaders.MESSAGE).orElse(""))
          .isEqualTo(new String(EventJson.write(moving.context()), UTF_8));
      await().until(() -> hasLetterFrom(Topics.retry(SHORT)));
      await().until(() -> hasLetterFrom(approved.topic()));
      assertThat(
              queues.all(Topics.DEAD_LETTER).stream()
                  .filter(letter -> letter.value() == null)
                  .map(letter -> RecordHeaders.of(letter.headers())))
          .isNotEmpty()
          .allSatisfy(headers ->
              assertThat(headers.text(RecordHeaders.REASON).orElse("")).contains("at its source"));
    } finally {
      unlimit(Topics.DEAD_LETTER);
    }
  }

  private static boolean hasLetterFrom(String topic) {
    return queues.all(Topics.DEAD_LETTER).stream()
        .filter(letter -> letter.value() == null)
        .anyMatch(letter ->
            RecordHeaders.of(letter.headers())
                .text(RecordHeaders.SOURCE_TOPIC)
                .filter(topic::equals)
                .isPresent());
  }

  private static SendRequested mailTo(String who) {
    var address = new EmailAddress(who + "-" + UUID.randomUUID() + "@example.org");
    return Examples.nextSendRequested(Examples.mailTo(address), 10);
  }

  /** With a header that does not get smaller by compression. */
  private static RecordHeaders large() {
    var bytes = new byte[MORE];
    new Random(1).nextBytes(bytes);
    var headers = RecordHeaders.empty();
    headers.toKafka().add("foreign", bytes);
    return headers;
  }

  private static void put(SendRequested mail, RecordHeaders headers, Instant due) {
    queues.put(
        new ProducerRecord<>(
            Topics.retry(SHORT),
            1,
            mail.messageId().toString().getBytes(UTF_8),
            EventJson.write(mail),
            headers.set(RecordHeaders.DUE_AT, due).toKafka()));
  }

  private static DeliveryOutcome endOf(SendRequested request) {
    await()
        .until(() ->
            queues.outcomes(request.messageId()).stream()
                .anyMatch(outcome -> !(outcome instanceof DeliveryOutcome.Deferred)));
    return queues.outcomes(request.messageId()).getLast();
  }

  private static void limit(String topic) throws Exception {
    limit(topic, LIMIT);
    await().until(() -> !takesMore(topic));
  }

  private static void unlimit(String topic) throws Exception {
    limit(topic, (4 << 20) + (512 << 10));
    await().until(() -> takesMore(topic));
  }

  private static void limit(String topic, int bytes) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var entry = new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes));
    admin
        .incrementalAlterConfigs(
            Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  /** The broker applies a topic's limit a moment after it took it. */
  private static boolean takesMore(String topic) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", Backends.kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, new byte[MORE])).get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RecordTooLargeException) {
        return false;
      }
      throw e;
    }
  }
}
