package io.tallypost.faults.relays;

import io.tallypost.faults.kafka.Commits;
import io.tallypost.faults.kafka.Owners;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.faults.scene.WaitComparison;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Partitions that change hands while mail waits for a relay that is slow to answer the dot. An
 * arena's workers wait for 3 s when partitions are taken from them.
 */
public final class HandOverRows {
  private static final Duration SLOW = Duration.ofSeconds(2);
  private static final int MAILS = 40;

  /** As many as two connections take at 2 s each. */
  private static final int PER_SECOND = 1;

  /** Mail past the dot when a partition goes may take this long, and the group a moment more. */
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(8);

  /** Of the approved topic, by default. */
  private static final int PARTITIONS = 24;

  /** Within this time a worker has stopped. */
  private static final Duration EXIT = Duration.ofSeconds(30);

  public static final Row HAND_OVER =
      Row.of(
          "hand-over",
          "a worker joins and leaves, every second time the old one leaves, while 40 mails of another tenant wait at a relay with 2 s for the dot and 2 connections; of three times, once the relay answers MAIL with 421 until the worker has joined, and once it takes one mail a second",
          30,
          HandOverRows::handOver);

  private HandOverRows() {}

  /** What mail of the other tenant waits for when a worker joins, by turns. */
  private enum Waiting {
    FOR_A_CONNECTION,
    FOR_THE_BREAKER,
    FOR_ITS_TURN;

    static Waiting in(int cycle) {
      return values()[cycle % values().length];
    }
  }

  private static void handOver(Scene scene, int cycles) {
    scene.arena().scale("worker", 1);
    WaitComparison waits = new WaitComparison(scene, cycles);
    List<String> all = new ArrayList<>();
    Duration slowest = Duration.ZERO;
    try (SmtpSink relay = SmtpSink.start();
        var owners = new Owners(scene.stack().bootstrapServers(), "delivery-worker");
        var commits = Commits.watch(scene.stack().bootstrapServers(), "delivery-worker")) {
      Tenant tenant =
          Tenant.of(
              scene,
              "slow",
              relay.port(),
              Map.of("max_connections", 2, "messages_per_connection", 100));
      waits.without();
      commits.forget();
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        Waiting waiting = Waiting.in(cycle);
        all.addAll(sendWaiting(scene, tenant, relay, waiting));
        Instant from = Instant.now();
        List<JsonNode> old = scene.stack().services("worker");
        scene.stack().control("start", "worker");
        scene.await("two share the work", () -> owners.share(2, PARTITIONS));
        relay.follow(HandOverRows::slowly);
        all.addAll(awaitOneMore(scene, tenant, relay, all.size()));
        JsonNode leaving =
            cycle % 2 == 0 ? scene.stack().services("worker").getLast() : old.getFirst();
        long begin = System.nanoTime();
        scene.stack().control("stop", "worker", leaving.path("number").asString());
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        scene.await("one does all the work", () -> owners.share(1, PARTITIONS));
        all.addAll(awaitOneMore(scene, tenant, relay, all.size()));
        waits.withSince(from);
        relay.follow(stage -> SmtpAnswer.accept());
        if (waiting == Waiting.FOR_ITS_TURN) {
          limitRate(tenant, null);
        }
        tenant.awaitEnded(all.size());
      }
      tenant.expectEachOnce(relay, all.size());
      long doubts = tenant.books().inDoubt();
      scene.expect(doubts == 0, doubts + " in doubt");
      scene.note(
          "slowest exit %.1f s; longest time without a commit %.1f s"
              .formatted(slowest.toMillis() / 1e3, commits.longestSilence().toMillis() / 1e3));
      scene.expect(
          commits.longestSilence().compareTo(LONGEST_SILENCE) <= 0,
          "no commit for more than %d s".formatted(LONGEST_SILENCE.toSeconds()));
      scene.expect(slowest.compareTo(EXIT) <= 0, "an exit took longer than 30 s");
      waits.note("during a hand-over");
    }
  }

  /** Sends mail, and returns its ids when some of it waits as it should. */
  private static List<String> sendWaiting(
      Scene scene, Tenant tenant, SmtpSink relay, Waiting waiting) {
    return switch (waiting) {
      case FOR_A_CONNECTION -> {
        relay.follow(HandOverRows::slowly);
        long seen = relay.inbox().received();
        List<String> ids = tenant.send(MAILS);
        scene.await("the slow relay is at work", () -> relay.inbox().received() > seen);
        yield ids;
      }
      case FOR_THE_BREAKER -> sendParked(scene, tenant, relay, HandOverRows::busy, "breaker_open");
      case FOR_ITS_TURN -> {
        limitRate(tenant, PER_SECOND);
        yield sendParked(scene, tenant, relay, HandOverRows::slowly, "rate_limited");
      }
    };
  }

  private static List<String> sendParked(
      Scene scene, Tenant tenant, SmtpSink relay, SmtpScript script, String reason) {
    relay.follow(script);
    double before = parked(scene, reason);
    List<String> ids = tenant.send(MAILS);
    scene.await("mail is parked: " + reason, () -> parked(scene, reason) > before);
    return ids;
  }

  private static double parked(Scene scene, String reason) {
    return scene.metric(
        "worker", "tallypost_messages_parked_total{reason=\"%s\"".formatted(reason));
  }

  private static void limitRate(Tenant tenant, @Nullable Integer perSecond) {
    Map<String, Object> fields = new HashMap<>();
    fields.put("rate_per_second", perSecond);
    tenant.changeRelay(fields);
  }

  /**
   * With as many mails waiting as at the start: a worker may take longer to start than they take.
   *
   * @return the ids of the mails sent for it
   */
  private static List<String> awaitOneMore(Scene scene, Tenant tenant, SmtpSink relay, int sent) {
    long seen = relay.inbox().received();
    List<String> more = tenant.send(MAILS - (int) (sent - seen));
    scene.await("the slow relay goes on", () -> relay.inbox().received() > seen);
    return more;
  }

  private static SmtpAnswer slowly(SmtpStage stage) {
    return stage instanceof SmtpStage.FinalDot
        ? SmtpAnswer.accept().after(SLOW)
        : SmtpAnswer.accept();
  }

  private static SmtpAnswer busy(SmtpStage stage) {
    return stage instanceof SmtpStage.MailFrom
        ? SmtpAnswer.reply(421, "4.3.2 too busy").thenClose()
        : SmtpAnswer.accept();
  }
}
