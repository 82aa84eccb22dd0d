package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.EmailAddress;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mail that waits on rungs of 1 s and 2 s, which the settings name in another order. */
class RungsIT {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(2);

  /** A rung of earlier settings. */
  private static final Duration FORMER = Duration.ofMillis(700);

  private static SmtpSink sink;
  private static WorkerUnderTest worker;
  private static Queues queues;

  @BeforeAll
  static void start() throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      admin
          .createTopics(
              List.of(new NewTopic(Topics.retry(FORMER), Optional.of(2), Optional.empty())))
          .all()
          .get();
    }
    sink = SmtpSink.start();
    worker = WorkerUnderTest.start(sink, "--tallypost.delivery.retry.delays=2s,1s");
    queues = new Queues();
  }

  @AfterAll
  static void stop() {
    worker.close();
    queues.close();
    sink.close();
  }

  @Test
  void keepsAMailUntilItIsWantedOnOneRungAfterAnother() {
    SendRequested mail = Examples.nextSendRequested(Examples.MAIL, 10);
    Instant wanted = Instant.now().plusMillis(3_500);

    put(LONG, 0, mail, Instant.now().plus(LONG), wanted);

    Instant received = receivedAt(mail);
    assertThat(received).isAfterOrEqualTo(wanted);
    assertThat(queues.of(Topics.retry(SHORT), mail.messageId()))
        .as("what was left was longer than the short rung, then shorter")
        .hasSizeBetween(1, 2)
        .allSatisfy(record ->
            assertThat(RecordHeaders.of(record.headers()).instant(RecordHeaders.DUE_AT))
                .hasValueSatisfying(due ->
                    assertThat(due)
                        .isBetween(
                            Instant.ofEpochMilli(record.timestamp()).plus(SHORT).minusMillis(500),
                            Instant.ofEpochMilli(record.timestamp())
                                .plus(SHORT)
                                .plus(Rungs.room(SHORT)))));
    assertThat(queues.outcomes(mail.messageId())).as("a hop is no outcome").hasSize(1);
    assertThat(queues.of(Topics.APPROVED, mail.messageId()))
        .singleElement()
        .satisfies(record -> {
          var headers = RecordHeaders.of(record.headers());
          assertThat(headers.text(RecordHeaders.DUE_AT)).isEmpty();
          assertThat(headers.text(RecordHeaders.RETRY_AT)).isEmpty();
        });
  }

  /** The move from one retry topic to another has a marker behind it, which looks unread. */
  @Test
  void commitsBeyondTheMarkerOfAMove() throws Exception {
    SendRequested mail = Examples.nextSendRequested(Examples.MAIL, 10);
    put(LONG, 0, mail, Instant.now().plus(LONG), Instant.now().plusMillis(3_500));
    receivedAt(mail);
    ConsumerRecord<byte[], byte[]> moved =
        queues.of(Topics.retry(SHORT), mail.messageId()).getLast();

    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      await()
          .untilAsserted(() ->
              assertThat(committed(admin, new TopicPartition(moved.topic(), moved.partition())))
                  .isGreaterThan(moved.offset() + 1));
    }
  }

  private static long committed(Admin admin, TopicPartition partition) throws Exception {
    return admin
        .listConsumerGroupOffsets("delivery-retry")
        .partitionsToOffsetAndMetadata()
        .get()
        .getOrDefault(partition, new OffsetAndMetadata(0))
        .offset();
  }

  @Test
  void holdsUpNobodyBehindAMailThatIsWantedMuchLater() {
    SendRequested late = Examples.nextSendRequested(Examples.MAIL, 10);
    SendRequested stranger = Examples.nextSendRequested(Examples.MAIL, 10);
    Instant due = Instant.now().plus(SHORT);

    put(SHORT, 1, late, due, Instant.now().plus(Duration.ofHours(13)));
    put(SHORT, 1, stranger, due, null);

    assertThat(receivedAt(stranger)).isBetween(due, due.plusSeconds(5));
    await().until(() -> !queues.of(Topics.retry(LONG), late.messageId()).isEmpty());
    assertThat(received(late)).isEmpty();
  }

  @Test
  void holdsUpNobodyBehindAMailWhoseOwnStayEndsMuchLater() {
    SendRequested late = Examples.nextSendRequested(Examples.MAIL, 10);
    SendRequested stranger = Examples.nextSendRequested(Examples.MAIL, 10);
    Instant due = Instant.now().plus(SHORT);

    put(SHORT, 0, late, Instant.now().plus(Duration.ofHours(13)), null);
    put(SHORT, 0, stranger, due, null);

    assertThat(receivedAt(stranger)).isBetween(due, due.plusSeconds(5));
    await().until(() -> !queues.of(Topics.retry(LONG), late.messageId()).isEmpty());
    assertThat(received(late)).isEmpty();
  }

  @Test
  void waitsAsLongAsARelayAsksFor() {
    var asked = new AtomicBoolean();
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient to
                && to.address().startsWith("patience")
                && asked.compareAndSet(false, true)
            ? SmtpAnswer.reply(450, "4.7.1 Greylisted, please try again in 2 seconds")
            : SmtpAnswer.accept());
    SendRequested mail =
        Examples.nextSendRequested(Examples.mailTo(new EmailAddress("patience@example.org")), 10);

    queues.approve(mail);

    Instant received = receivedAt(mail);
    var deferred = (Deferred) queues.outcomes(mail.messageId()).getFirst();
    Instant before = deferred.context().occurredAt();
    assertThat(deferred.dueAt()).isBetween(before.plus(LONG), before.plus(LONG).plusMillis(200));
    assertThat(received).isAfterOrEqualTo(deferred.dueAt());
  }

  @Test
  void bringsBackWhatWaitsOnARungThatTheSettingsNoLongerHave() {
    SendRequested plain = Examples.nextSendRequested(Examples.MAIL, 10);
    SendRequested longer = Examples.nextSendRequested(Examples.MAIL, 10);
    Instant due = Instant.now().plus(FORMER);

    put(FORMER, 0, longer, due, due.plus(LONG));
    put(FORMER, 0, plain, due, null);

    assertThat(receivedAt(plain)).isAfterOrEqualTo(due);
    assertThat(receivedAt(longer)).isAfterOrEqualTo(due.plus(LONG));
    assertThat(queues.of(Topics.retry(FORMER), longer.messageId())).hasSize(1);
  }

  private static void put(
      Duration rung, int partition, SendRequested mail, Instant due, @Nullable Instant wanted) {
    var headers = RecordHeaders.empty().set(RecordHeaders.DUE_AT, due);
    if (wanted != null) {
      headers.set(RecordHeaders.RETRY_AT, wanted);
    }
    queues.put(
        new ProducerRecord<>(
            Topics.retry(rung),
            partition,
            mail.messageId().toString().getBytes(UTF_8),
            EventJson.write(mail),
            headers.toKafka()));
  }

  private static Instant receivedAt(SendRequested mail) {
    await().until(() -> !received(mail).isEmpty());
    return received(mail).getFirst().receivedAt();
  }

  private static List<ReceivedMail> received(SendRequested mail) {
    return RelaysUnderTest.received(sink, mail);
  }
}
