package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.SendRequested;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

/** Workers come and go while mail is under way. */
class HandOverIT extends HandOvers {

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
}
