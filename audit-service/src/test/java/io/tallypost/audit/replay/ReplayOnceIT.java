package io.tallypost.audit.replay;

import static io.tallypost.audit.operator.Operator.REPLAYS;
import static io.tallypost.events.Examples.BOB;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.replay.ReplayRun.Chunk;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.testing.Committed;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** Each letter is replayed once, whoever asks and whatever breaks. */
class ReplayOnceIT extends ReplayIT {
  @Autowired private ReplayJobs jobs;
  @Autowired private Letters letters;
  @Autowired private ReplayRecords records;
  @Autowired private OperatorKafka kafka;
  @Autowired private ReplayMetrics metrics;

  @Test
  void givesALetterToOneOfManyCallers() throws Exception {
    SendRequested request = operator.dead(Category.PERMANENT, 550, BOB);
    String body = "{\"ids\":[\"%s\"]}".formatted(operator.letterOf(request));

    List<JsonNode> all = atOnce(16, () -> operator.post(REPLAYS, body));

    assertThat(all.stream().mapToInt(job -> job.path("skipped").asInt()).sum()).isEqualTo(15);
    all.forEach(operator::awaitDone);
    assertThat(copies(request)).hasSize(1);
  }

  @Test
  void sendsEachLetterOnceForTwoReplaysOfOneFilter() throws Exception {
    List<SendRequested> dead = dead(20);

    List<JsonNode> both =
        atOnce(2, () -> operator.post(REPLAYS, filter(",\"rate_per_second\":200")));

    int replayed =
        both.stream().map(operator::awaitDone).mapToInt(j -> j.path("replayed").asInt()).sum();
    assertThat(replayed).isEqualTo(20);
    assertEachOnce(dead);
  }

  @Test
  void goesOnBehindWhatWasPublishedBeforeACrash() {
    List<SendRequested> dead = dead(6);
    ReplayJob job = claim(8);
    Chunk lost;
    try (var crashed = run(job)) {
      crashed.open();
      lost = crashed.publish(crashed.next(jobs.find(job.id()).orElseThrow()));
      assertThat(lost.replays()).hasSize(2);
    }

    JsonNode done = leaveToTheService(job);

    assertThat(done.path("replayed").asInt()).isEqualTo(6);
    assertEachOnce(dead);
    assertThat(operator.letterIds("state=replayed&tenant=" + operator.tenant())).hasSize(6);
  }

  @Test
  void abortsWhatACrashedProcessHadNotCommitted() {
    List<SendRequested> dead = dead(6);
    ReplayJob job = claim(8);
    try (var crashed = run(job)) {
      crashed.open();
      crashed.begin(crashed.next(jobs.find(job.id()).orElseThrow()));
    }

    JsonNode done = leaveToTheService(job);

    assertThat(done.path("replayed").asInt()).isEqualTo(6);
    assertEachOnce(dead);
  }

  @Test
  void shutsAProcessOutThatWasTakenForDead() {
    List<SendRequested> dead = dead(3);
    ReplayJob job = claim(4);
    try (var stalled = run(job)) {
      stalled.open();
      Chunk chunk = stalled.next(jobs.find(job.id()).orElseThrow());
      Chunk published = stalled.publish(chunk);
      try (var successor = run(job)) {
        successor.open();
      }

      assertThat(thrownBy(() -> stalled.record(published)))
          .isInstanceOf(ReplayJobs.LostLeaseException.class);
      Chunk next = stalled.next(jobs.find(job.id()).orElseThrow());
      assertThat(thrownBy(() -> stalled.publish(next)))
          .satisfiesAnyOf(
              e -> assertThat(e).isInstanceOf(ProducerFencedException.class),
              e -> assertThat(e).hasRootCauseInstanceOf(ProducerFencedException.class),
              e -> assertThat(e).hasMessageContaining("fenced"),
              e -> assertThat(e).hasMessageContaining("epoch"));
    }

    leaveToTheService(job);

    assertEachOnce(dead);
  }

  private void assertEachOnce(List<SendRequested> dead) {
    var keys = dead.stream().map(request -> request.messageId().toString()).toList();
    assertThat(Committed.on(Topics.APPROVED, keys::contains))
        .extracting(record -> new String(record.key(), UTF_8))
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  /** A job that this test's own processes have leased, so that the service leaves it alone. */
  private ReplayJob claim(int rate) {
    var problems = new FieldProblems();
    String json = filter(",\"rate_per_second\":" + rate);
    var request = ReplayRequest.read(JsonBody.read(json.getBytes(UTF_8), problems), 50, problems);
    var transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    return requireNonNull(
        transaction.execute(status -> {
          ReplayJob job = jobs.create(request, json, new ApiKeyId("acmeKey00001"));
          run(job).close();
          return job;
        }));
  }

  private ReplayRun run(ReplayJob job) {
    var runner = UUID.randomUUID();
    operator
        .jdbc()
        .update(
            "UPDATE audit.replay_job SET runner = ?, lease_until = now() + interval '1 minute' WHERE id = ?",
            runner,
            job.id());
    return new ReplayRun(
        job.id(), runner, jobs, letters, records, kafka, metrics, InstantSource.system());
  }

  private JsonNode leaveToTheService(ReplayJob job) {
    operator
        .jdbc()
        .update(
            "UPDATE audit.replay_job SET lease_until = now() - interval '1 second' WHERE id = ?",
            job.id());
    return operator.awaitDone(operator.get(REPLAYS + "/" + job.id()));
  }

  private static Throwable thrownBy(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      return e;
    }
    throw new AssertionError("nothing was thrown");
  }

  private static <T> List<T> atOnce(int callers, Callable<T> call) throws Exception {
    try (var threads = Executors.newFixedThreadPool(callers)) {
      List<T> answers = new ArrayList<>();
      for (var answer : threads.invokeAll(Collections.nCopies(callers, call))) {
        answers.add(answer.get());
      }
      return answers;
    }
  }
}
