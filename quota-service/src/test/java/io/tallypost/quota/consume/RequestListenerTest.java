package io.tallypost.quota.consume;

import static io.tallypost.events.Examples.NOON;
import static io.tallypost.kit.testing.Waits.await;
import static io.tallypost.quota.consume.RequestParts.PARTITION;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.SubmissionId;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.ApprovalProgress;
import io.tallypost.quota.decide.Decision;
import io.tallypost.quota.decide.QuotaLedger.Verdicts;
import io.tallypost.quota.decide.Source;
import io.tallypost.quota.decide.Verdict;
import io.tallypost.quota.publish.ApprovalTransactions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionOperations;

/** What the poll loop does about what it reads, and about what fails meanwhile. */
@ExtendWith(OutputCaptureExtension.class)
class RequestListenerTest {
  private static final QuotaSettings SETTINGS =
      new Binder(
              new MapConfigurationPropertySource(
                  Map.of("tallypost.quota.retry", "5ms", "tallypost.quota.retry-most", "20ms")))
          .bindOrCreate("tallypost.quota", QuotaSettings.class);

  private final SendRequested request = Requests.ofNewKey(9).next(1);
  private final Approving ledger = new Approving();
  private final RequestParts parts = new RequestParts();
  private final ApprovalTransactions transactions = parts.transactions(SETTINGS);
  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final RequestListener listener =
      parts.listener(
          () -> consumer,
          JdbcClient.create(new DriverManagerDataSource()),
          ledger,
          transactions,
          SETTINGS);

  /** Approves one request a batch, and fails as often as it is told to. */
  private final class Approving implements TransactionOperations {
    final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    final AtomicInteger tries = new AtomicInteger();

    @Override
    @SuppressWarnings("unchecked") // what the ledger asks for
    public <T> T execute(TransactionCallback<T> action) throws TransactionException {
      tries.incrementAndGet();
      RuntimeException failure = failures.poll();
      if (failure != null) {
        throw failure;
      }
      var decision =
          new Decision(
              SubmissionId.next(NOON),
              request.fingerprint(),
              true,
              1,
              List.of(),
              NOON,
              new Source(new UUID(0, 1), 0, 0),
              null);
      return (T)
          new Verdicts(List.of(new Verdict.Decided(decision)), new ApprovalProgress(Map.of()));
    }
  }

  private void start() {
    transactions.start();
    listener.start();
  }

  /** The group gives it the partition, which begins with the request. */
  private void assign() {
    consumer.schedulePollTask(() -> {
      consumer.rebalance(List.of(PARTITION));
      consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
      consumer.addRecord(RequestParts.record(0, request));
    });
  }

  @AfterEach
  void stop() {
    listener.stop();
    transactions.stop();
  }

  private static ConditionFactory soon() {
    return await().pollInterval(Duration.ofMillis(5));
  }

  private List<String> published() {
    return Stream.concat(
            parts.verdicts.history().stream(),
            parts.approvals.stream().map(MockProducer::history).flatMap(List::stream))
        .map(ProducerRecord::topic)
        .toList();
  }

  /** The offsets that the transactions committed, in their order. */
  private List<Long> committed() {
    return parts.approvals.stream()
        .flatMap(producer -> producer.consumerGroupOffsetsHistory().stream())
        .flatMap(groups -> groups.values().stream())
        .flatMap(offsets -> offsets.values().stream())
        .map(OffsetAndMetadata::offset)
        .toList();
  }

  @Test
  void publishesVerdictAndApprovalAndGoesOnBehindThem() {
    assign();

    start();

    soon().until(() -> !committed().isEmpty());
    assertThat(published()).containsExactly(Topics.DECISIONS, Topics.APPROVED);
    assertThat(committed()).containsExactly(1L);
    assertThat(listener.loop().hasJoined()).isTrue();
  }

  static Stream<RuntimeException> away() {
    return Stream.of(
        new DataAccessResourceFailureException("database away"),
        new CannotCreateTransactionException("database away"));
  }

  @ParameterizedTest
  @MethodSource("away")
  void keepsTheBatchWhilePostgresIsAwayAndSaysSoOnce(
      RuntimeException failure, CapturedOutput output) {
    ledger.failures.addAll(List.of(failure, failure, failure, failure));
    assign();
    // The broker delivers it again each time.
    redeliver();

    start();

    // Said after the commit.
    soon().until(() -> output.getOut().contains("loop goes on"));
    assertThat(published()).containsExactly(Topics.DECISIONS, Topics.APPROVED);
    assertThat(committed()).containsExactly(1L);
    assertThat(output.getOut().split("is away, trying again", -1)).hasSize(2);
  }

  /** As a broker does after a seek; Kafka's double forgets what it has delivered. */
  private void redeliver() {
    consumer.schedulePollTask(() -> {
      if (ledger.failures.size() < 4
          && consumer.paused().isEmpty()
          && consumer.position(PARTITION) == 0) {
        consumer.addRecord(RequestParts.record(0, request));
      }
      if (committed().isEmpty()) {
        redeliver();
      }
    });
  }

  @Test
  void diesOfAStatementThatPostgresCannotReadAndCommitsNothing() {
    ledger.failures.add(new BadSqlGrammarException("decide", "SELEC", new SQLException()));
    assign();

    start();

    soon().until(() -> !listener.loop().isAlive());
    assertThat(ledger.tries).hasValue(1);
    assertThat(published()).isEmpty();
    assertThat(committed()).isEmpty();
  }

  @Test
  void diesOfAStatementThatRecordsTheProgressAndThatPostgresCannotRead() {
    assign();
    start();
    soon().until(() -> !committed().isEmpty() && transactions.committed().isEmpty());
    ledger.failures.add(new BadSqlGrammarException("record", "INSER", new SQLException()));

    // A marker: the group goes on behind it, and that is progress.
    consumer.schedulePollTask(() -> consumer.seek(PARTITION, 2));

    soon().until(() -> !listener.loop().isAlive());
  }

  @Test
  void commitsBeyondTheMarkersOfTransactions() {
    assign();
    start();
    soon().until(() -> !committed().isEmpty());

    consumer.schedulePollTask(() -> consumer.seek(PARTITION, 2));

    soon().until(() -> committed().equals(List.of(1L, 2L)));
    assertThat(published()).containsExactly(Topics.DECISIONS, Topics.APPROVED);
  }

  @Test
  void readsATopicThatWasMadeAgainFromItsBeginning() {
    assign();
    start();
    soon().until(() -> !committed().isEmpty());
    parts.topicId = Uuid.randomUuid();

    consumer.schedulePollTask(() -> {
      consumer.rebalance(List.of());
      consumer.rebalance(List.of(PARTITION));
      consumer.seek(PARTITION, 1);
      consumer.addRecord(RequestParts.record(1, request));
    });

    soon().until(() -> transactions.hasFailed() || consumer.position(PARTITION) == 0);
    soon().until(() -> !transactions.hasFailed() && consumer.position(PARTITION) == 0);
    assertThat(committed()).as("of the former topic").containsExactly(1L);
  }

  /** It knows no offset but the committed ones: what was under way is decided again. */
  @Test
  void returnsToTheCommittedOffsetsAfterATransactionThatFailed() {
    assign();
    transactions.start();
    soon().until(transactions::canResume);
    parts.approvals.getFirst().commitTransactionException = new KafkaException("broker away");

    listener.start();

    soon().until(() -> parts.approvals.size() == 2 && !transactions.hasFailed());
    soon().until(() -> consumer.position(PARTITION) == 0);
    consumer.schedulePollTask(() -> consumer.addRecord(RequestParts.record(0, request)));
    soon().until(() -> !committed().isEmpty());
    assertThat(ledger.tries.get()).isGreaterThanOrEqualTo(2);
    assertThat(parts.approvals.getLast().history()).hasSize(1);
    assertThat(listener.loop().isAlive()).isTrue();
  }
}
