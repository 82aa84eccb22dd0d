package io.tallypost.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.Mail;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Workers that come and go while mail is under way, and what they work on. */
abstract class HandOvers {
  static final int PARTITION = 3;
  static final GroupOffsets OFFSETS =
      new GroupOffsets("delivery-worker", new TopicPartition(Topics.APPROVED, PARTITION));

  static final Duration A_LONG_QUEUE = Duration.ofSeconds(90);

  static final String[] SLOWLY = {
    "--tallypost.delivery.relay.max-connections=2", "--tallypost.delivery.revoke-timeout=3s"
  };

  /** As the broker understands it. */
  private static final long TO_THE_END = -1;

  final SmtpSink sink = SmtpSink.start();
  final Queues queues = new Queues();

  /** What other tests have left waiting would come back into the partition that is looked at. */
  @BeforeEach
  void emptyTheQueues() throws ExecutionException, InterruptedException {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      List<String> queued =
          admin.listTopics().names().get().stream()
              .filter(topic -> topic.startsWith("mail.approved") || topic.startsWith("mail.retry"))
              .toList();
      Map<TopicPartition, RecordsToDelete> everything =
          admin.describeTopics(queued).allTopicNames().get().values().stream()
              .flatMap(topic ->
                  topic.partitions().stream()
                      .map(partition -> new TopicPartition(topic.name(), partition.partition())))
              .collect(
                  Collectors.toMap(
                      partition -> partition, _ -> RecordsToDelete.beforeOffset(TO_THE_END)));
      admin.deleteRecords(everything).all().get();
    }
  }

  @AfterEach
  void close() {
    queues.close();
    sink.close();
  }

  long delivered(List<SendRequested> requests) {
    return requests.stream()
        .filter(request ->
            queues.outcomes(request.messageId()).stream()
                .anyMatch(DeliveryOutcome.Delivered.class::isInstance))
        .count();
  }

  boolean wasInDoubt(SendRequested request) {
    return queues.outcomes(request.messageId()).stream()
        .anyMatch(outcome -> outcome.attempt().inDoubt());
  }

  /** The first attempt for this message is told to come again. */
  static SmtpScript onceDeferred(SendRequested request) {
    var told = new AtomicBoolean();
    return stage ->
        stage instanceof SmtpStage.FinalDot(var session, var mail)
                && text(mail).contains(request.messageId().toString())
                && !told.getAndSet(true)
            ? SmtpAnswer.reply(451, "4.7.1 greylisted")
            : SmtpAnswer.accept();
  }

  static SmtpScript slowDot(Duration delay) {
    return stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(delay)
            : SmtpAnswer.accept();
  }

  List<Integer> copies(List<SendRequested> requests) {
    List<String> received = sink.inbox().mails().stream().map(HandOverIT::text).toList();
    return requests.stream()
        .map(request -> request.messageId().toString())
        .map(id -> (int) received.stream().filter(mail -> mail.contains(id)).count())
        .toList();
  }

  static String text(ReceivedMail mail) {
    return new String(mail.raw(), UTF_8);
  }

  static List<SendRequested> requests(int count) {
    return IntStream.range(0, count).mapToObj(i -> request("hand-over")).toList();
  }

  static SendRequested request(String subject) {
    var like = Examples.mailTo(Examples.BOB);
    var mail =
        new Mail(
            like.from(),
            like.to(),
            List.of(),
            List.of(),
            List.of(),
            subject,
            "Hello.\n",
            null,
            like.headers());
    return Examples.nextSendRequested(mail, 10);
  }

  long putInOnePartition(SendRequested request) {
    return putIn(PARTITION, request);
  }

  long putIn(int partition, SendRequested request) {
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    return queues
        .put(new ProducerRecord<>(Topics.APPROVED, partition, key, EventJson.write(request)))
        .offset();
  }

  void makeTopics() throws ExecutionException, InterruptedException {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      if (!admin.listTopics().names().get().contains(Topics.APPROVED)) {
        WorkerUnderTest.start(sink).close();
      }
    }
  }

  static void deleteGroups(String... groups) throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      admin.deleteConsumerGroups(List.of(groups)).all().get();
    }
  }
}
