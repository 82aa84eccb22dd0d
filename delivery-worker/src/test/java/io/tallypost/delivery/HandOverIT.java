package io.tallypost.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.Mail;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.stack.smtp.ReceivedMail;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.testing.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Workers come and go while mail is under way. */
class HandOverIT {
  private static final int PARTITION = 3;
  private static final GroupOffsets OFFSETS =
      new GroupOffsets("delivery-worker", new TopicPartition(Topics.APPROVED, PARTITION));

  private static final Duration A_LONG_QUEUE = Duration.ofSeconds(90);

  private static final String[] SLOWLY = {
    "--tallypost.delivery.relay.max-connections=2", "--tallypost.delivery.revoke-timeout=3s"
  };

  private final SmtpSink sink = SmtpSink.start();
  private final Queues queues = new Queues();

  @BeforeEach
  void patience() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  @AfterEach
  void close() {
    queues.close();
    sink.close();
  }

  @Test
  void skipsWhatThePredecessorFinishedBeyondItsCommit() throws Exception {
    makeTopics();
    List<SendRequested> requests = requests(4);
    long[] offsets = requests.stream().mapToLong(this::putInOnePartition).toArray();
    // As a worker leaves it that dies with the first and the third still in flight.
    assertThat(offsets[3] - offsets[0]).isEqualTo(3);
    OFFSETS.write(new OffsetAndMetadata(offsets[0], "1:BBBB"));

    try (var successor = WorkerUnderTest.start(sink)) {
      await().untilAsserted(() -> assertThat(OFFSETS.read().offset()).isEqualTo(offsets[3] + 1));

      assertThat(copies(requests)).containsExactly(1, 0, 1, 0);
      assertThat(successor.isAlive()).isTrue();
    }
  }

  @Test
  void commitsWhatIsFinishedBeyondAnOpenSend() throws Exception {
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot(var session, var mail)
                && text(mail).contains("Subject: slow")
            ? SmtpAnswer.accept().after(Duration.ofSeconds(3))
            : SmtpAnswer.accept());
    SendRequested slow = request("slow");
    List<SendRequested> others = requests(5);
    try (var worker = WorkerUnderTest.start(sink)) {
      long first = putInOnePartition(slow);
      others.forEach(this::putInOnePartition);

      await()
          .untilAsserted(
              () -> assertThat(OFFSETS.read()).isEqualTo(new OffsetAndMetadata(first, "1:BF")));
      await().untilAsserted(() -> assertThat(OFFSETS.read().offset()).isEqualTo(first + 6));
      assertThat(OFFSETS.read().metadata()).isEmpty();
      assertThat(worker.isAlive()).isTrue();
    }
  }

  @Test
  void sendsNoCopiesWhenStoppedInTheMiddle() {
    sink.follow(slowDot(Duration.ofMillis(200)));
    List<SendRequested> requests = requests(60);
    var first = WorkerUnderTest.start(sink, "--tallypost.delivery.relay.max-connections=5");
    requests.forEach(queues::approve);
    await().until(() -> sink.inbox().received() >= 5);

    first.close();

    assertThat(sink.inbox().received()).as("stopped in the middle").isLessThan(60);
    try (var second = WorkerUnderTest.start(sink)) {
      await().until(() -> copies(requests).stream().allMatch(copies -> copies >= 1));
      assertThat(second.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
  }

  @Test
  void sendsNoCopiesAfterItsGroupsWereDeleted() throws Exception {
    SendRequested deferred = request("comes back from a retry topic");
    sink.follow(onceDeferred(deferred));
    List<SendRequested> requests = new ArrayList<>(requests(10));
    requests.add(deferred);
    try (var first = WorkerUnderTest.start(sink)) {
      requests.forEach(queues::approve);
      await().until(() -> queues.outcomes(deferred.messageId()).size() == 2);
      await().until(() -> copies(requests).stream().allMatch(copies -> copies >= 1));
      assertThat(first.isAlive()).isTrue();
    }
    sink.inbox().clear();
    deleteGroups("delivery-worker", "delivery-worker-bulk", "delivery-retry");

    SendRequested next = request("after it");
    try (var second = WorkerUnderTest.start(sink)) {
      IntStream.range(0, 4).forEach(partition -> putIn(partition, next));
      await().until(() -> copies(List.of(next)).getFirst() == 4);
      assertThat(second.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(0);
  }

  @Test
  void sendsNoCopiesWhenWorkersJoinAndLeave() {
    sink.follow(slowDot(Duration.ofMillis(50)));
    List<SendRequested> requests = requests(150);
    var first = WorkerUnderTest.start(sink, "--tallypost.delivery.relay.max-connections=3");
    requests.subList(0, 100).forEach(queues::approve);
    try (var second = WorkerUnderTest.start(sink, "--tallypost.delivery.relay.max-connections=3")) {
      requests.subList(100, 150).forEach(queues::approve);
      first.close();
      await().until(() -> copies(requests).stream().allMatch(copies -> copies >= 1));
      assertThat(second.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
  }

  /** Over two connections to a relay that needs 2 s for the dot, most of them wait for long. */
  @Test
  void sendsNoCopiesWhenAWorkerJoinsWhileMailWaitsForASlowRelay() {
    sink.follow(slowDot(Duration.ofSeconds(2)));
    List<SendRequested> requests = requests(40);
    try (var first = WorkerUnderTest.start(sink, SLOWLY)) {
      requests.forEach(queues::approve);
      await().until(() -> sink.inbox().received() >= 4);
      try (var second = WorkerUnderTest.start(sink, SLOWLY)) {
        assertThat(delivered(requests)).as("joined in the middle").isLessThan(requests.size());
        await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
        assertThat(second.isAlive()).isTrue();
      }
      assertThat(first.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }

  @Test
  void sendsNoCopiesWhenWorkersRollWhileMailWaitsForASlowRelay() {
    sink.follow(slowDot(Duration.ofSeconds(2)));
    List<SendRequested> requests = requests(30);
    var first = WorkerUnderTest.start(sink, SLOWLY);
    requests.forEach(queues::approve);
    await().until(() -> sink.inbox().received() >= 4);
    var second = WorkerUnderTest.start(sink, SLOWLY);
    first.close();
    assertThat(delivered(requests)).as("left in the middle").isLessThan(requests.size());
    try (var third = WorkerUnderTest.start(sink, SLOWLY)) {
      second.close();
      await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
      assertThat(third.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }

  /** The relay refuses mail until another worker is there, and has two places: most is parked. */
  @Test
  void sendsNoCopiesWhenWorkersJoinAndLeaveWhileMailIsParked() {
    var open = new AtomicBoolean();
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.MailFrom _ when !open.get() -> SmtpAnswer.reply(421, "4.3.2 not yet");
          case SmtpStage.FinalDot _ -> SmtpAnswer.accept().after(Duration.ofMillis(300));
          default -> SmtpAnswer.accept();
        });
    String[] settings = {
      "--tallypost.delivery.max-in-flight=8",
      "--tallypost.delivery.revoke-timeout=3s",
      "--resilience4j.circuitbreaker.configs.relay.wait-duration-in-open-state=1s"
    };
    List<SendRequested> requests = requests(40);
    var first = WorkerUnderTest.start(sink, settings);
    requests.forEach(queues::approve);
    await().until(() -> first.parked("breaker_open") > 0);
    try (var second = WorkerUnderTest.start(sink, settings)) {
      open.set(true);
      await().until(() -> sink.inbox().received() >= 5);
      first.close();
      assertThat(delivered(requests)).as("left in the middle").isLessThan(requests.size());
      await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
      assertThat(second.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }

  @Test
  void handsOverAsInDoubtWhatIsNotAnsweredWithinTheDrain() {
    sink.follow(
        stage -> stage instanceof SmtpStage.FinalDot ? SmtpAnswer.mute() : SmtpAnswer.accept());
    SendRequested request = request("never answered");
    var first = WorkerUnderTest.start(sink, "--tallypost.delivery.drain-timeout=500ms");
    queues.approve(request);
    await().until(() -> sink.inbox().received() == 1);

    first.close();

    assertThat(queues.outcomes(request.messageId()))
        .singleElement()
        .matches(outcome -> outcome.attempt().inDoubt());
    sink.follow(stage -> SmtpAnswer.accept());
    try (var second = WorkerUnderTest.start(sink)) {
      await().until(() -> queues.outcomes(request.messageId()).size() == 2);
      assertThat(second.isAlive()).isTrue();
    }
  }

  private long delivered(List<SendRequested> requests) {
    return requests.stream()
        .filter(request ->
            queues.outcomes(request.messageId()).stream()
                .anyMatch(DeliveryOutcome.Delivered.class::isInstance))
        .count();
  }

  private boolean wasInDoubt(SendRequested request) {
    return queues.outcomes(request.messageId()).stream()
        .anyMatch(outcome -> outcome.attempt().inDoubt());
  }

  /** The first attempt for this message is told to come again. */
  private static SmtpScript onceDeferred(SendRequested request) {
    var told = new AtomicBoolean();
    return stage ->
        stage instanceof SmtpStage.FinalDot(var session, var mail)
                && text(mail).contains(request.messageId().toString())
                && !told.getAndSet(true)
            ? SmtpAnswer.reply(451, "4.7.1 greylisted")
            : SmtpAnswer.accept();
  }

  private static SmtpScript slowDot(Duration delay) {
    return stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(delay)
            : SmtpAnswer.accept();
  }

  private List<Integer> copies(List<SendRequested> requests) {
    List<String> received = sink.inbox().mails().stream().map(HandOverIT::text).toList();
    return requests.stream()
        .map(request -> request.messageId().toString())
        .map(id -> (int) received.stream().filter(mail -> mail.contains(id)).count())
        .toList();
  }

  private static String text(ReceivedMail mail) {
    return new String(mail.raw(), UTF_8);
  }

  private static List<SendRequested> requests(int count) {
    return IntStream.range(0, count).mapToObj(i -> request("hand-over")).toList();
  }

  private static SendRequested request(String subject) {
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

  private long putInOnePartition(SendRequested request) {
    return putIn(PARTITION, request);
  }

  private long putIn(int partition, SendRequested request) {
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    return queues
        .put(new ProducerRecord<>(Topics.APPROVED, partition, key, EventJson.write(request)))
        .offset();
  }

  private void makeTopics() throws ExecutionException, InterruptedException {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      if (!admin.listTopics().names().get().contains(Topics.APPROVED)) {
        WorkerUnderTest.start(sink).close();
      }
    }
  }

  private static void deleteGroups(String... groups) throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      admin.deleteConsumerGroups(List.of(groups)).all().get();
    }
  }
}
