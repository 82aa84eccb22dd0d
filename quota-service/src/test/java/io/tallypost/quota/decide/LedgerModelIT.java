package io.tallypost.quota.decide;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.quota.consume.QuotaRig;
import io.tallypost.quota.consume.Requests;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The ledger against a model that knows no batches, no database and no crashes: it takes one
 * request after the other. Random messages, submissions, keys, windows and limits; random batches;
 * at random a batch is rolled back, or run again as after a crash, or the group falls back.
 */
class LedgerModelIT {
  private static final int STEPS = 60;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void decidesAsTheModelDoes(long seed) {
    var world = new World(new Random(seed));
    for (int step = 0; step < STEPS; step++) {
      world.step();
    }
    world.compareCounters();
  }

  /** What one submission was told. */
  private record Told(boolean approved, List<?> policies) {}

  /** The system under test beside the model. */
  private static final class World {
    private final Random random;
    private final UUID topic = UUID.randomUUID();
    private final List<Requests> keys;
    private final List<MessageId> messages = new ArrayList<>();
    private final List<LocatedRequest> log = new ArrayList<>();
    private final Map<MessageId, SendRequested> approvedBy = new HashMap<>();
    private final Map<SubmissionId, Told> told = new HashMap<>();
    private final Map<UsageKey, Long> used = new HashMap<>();
    private final Set<Long> published = new HashSet<>();
    private int committed;
    private int modelled;

    World(Random random) {
      this.random = random;
      keys =
          List.of(
              Requests.ofNewKey(new QuotaLimit(QuotaPolicyName.KEY_DAY, 12)),
              Requests.ofNewKey(
                  new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 5),
                  new QuotaLimit(QuotaPolicyName.KEY_DAY, 20)),
              Requests.ofNewKey());
    }

    void step() {
      for (int n = random.nextInt(6); n >= 0; n--) {
        log.add(new LocatedRequest(request(), new Source(topic, 0, log.size()), null));
      }
      int from = committed;
      var batch = List.copyOf(log.subList(from, log.size()));
      if (random.nextInt(5) == 0) {
        crashBeforeCommit(batch);
      }
      if (random.nextInt(4) == 0) {
        // PostgreSQL committed, Kafka did not: the same again below.
        check(batch, QuotaRig.ledger().decide(batch, Map.of()), false);
      }
      check(batch, QuotaRig.ledger().decide(batch, Map.of()), true);
      committed = log.size();
      var progress = Map.of(new ApprovalProgress.Partition(topic, 0), (long) committed);
      QuotaRig.ledger().recordOnly(progress);
      if (random.nextInt(6) == 0) {
        // The group's offsets are gone: everything again.
        var all = QuotaRig.ledger().decide(List.copyOf(log), Map.of());
        assertThat(all.verdicts()).allMatch(verdict -> verdict instanceof Verdict.Settled);
      }
    }

    private SendRequested request() {
      if (!log.isEmpty() && random.nextInt(6) == 0) {
        return log.get(random.nextInt(log.size())).request();
      }
      if (messages.isEmpty() || random.nextInt(3) > 0) {
        messages.add(MessageId.next(NOON));
      }
      var key = keys.get(random.nextInt(keys.size()));
      var at = NOON.plus(Duration.ofSeconds(random.nextInt(180)));
      var message = messages.get(random.nextInt(messages.size()));
      return key.at(at).of(message, 1 + random.nextInt(3));
    }

    private static void crashBeforeCommit(List<LocatedRequest> batch) {
      var transaction = new TransactionTemplate(new JdbcTransactionManager(QuotaRig.pooled()));
      TransactionOperations rollingBack =
          new TransactionOperations() {
            @Override
            public <T> T execute(
                org.springframework.transaction.support.TransactionCallback<T> action) {
              return transaction.execute(status -> {
                T result = action.doInTransaction(status);
                status.setRollbackOnly();
                return result;
              });
            }
          };
      new QuotaLedger(
              JdbcClient.create(QuotaRig.pooled()),
              rollingBack,
              QuotaRig.SETTINGS,
              InstantSource.system())
          .decide(batch, Map.of());
    }

    private void check(List<LocatedRequest> batch, QuotaLedger.Verdicts decided, boolean publish) {
      for (int n = 0; n < batch.size(); n++) {
        LocatedRequest placed = batch.get(n);
        if (placed.source().offset() >= modelled) {
          decideInModel(placed.request());
          modelled++;
        }
        compare(placed, decided.verdicts().get(n), publish);
      }
    }

    private void decideInModel(SendRequested request) {
      var first = approvedBy.get(request.messageId());
      if (told.containsKey(request.context().submissionId()) || first != null) {
        return;
      }
      var decided = QuotaPolicy.decide(request, key -> used.getOrDefault(key, 0L));
      int units = request.mail().recipients().size();
      decided.charged().forEach(key -> used.merge(key, (long) units, Long::sum));
      told.put(request.context().submissionId(), new Told(decided.approved(), decided.policies()));
      if (decided.approved()) {
        approvedBy.put(request.messageId(), request);
      }
    }

    private void compare(LocatedRequest placed, Verdict verdict, boolean publish) {
      var request = placed.request();
      var expected = told.get(request.context().submissionId());
      switch (verdict) {
        case Verdict.Decided(Decision made) -> {
          assertThat(new Told(made.approved(), made.policies())).isEqualTo(expected);
          publish(placed, publish && made.approved());
        }
        case Verdict.Redelivered(Decision made, boolean due) -> {
          assertThat(new Told(made.approved(), made.policies())).isEqualTo(expected);
          publish(placed, publish && due);
        }
        case Verdict.Replayed(Decision _) -> {
          assertThat(expected).isNull();
          assertThat(first(request).fingerprint()).isEqualTo(request.fingerprint());
        }
        case Verdict.KeyReused() -> {
          assertThat(expected).isNull();
          assertThat(first(request).fingerprint()).isNotEqualTo(request.fingerprint());
        }
        case Verdict.Settled() -> throw new AssertionError("not settled yet: " + placed);
      }
    }

    private SendRequested first(SendRequested request) {
      return Objects.requireNonNull(approvedBy.get(request.messageId()));
    }

    private void publish(LocatedRequest placed, boolean due) {
      if (due) {
        assertThat(published.add(placed.source().offset())).isTrue();
      }
    }

    void compareCounters() {
      var stored = QuotaRig.ledger().used(used.keySet());
      assertThat(stored).isEqualTo(used);
      assertThat(published).hasSize(approvedBy.size());
    }
  }
}
