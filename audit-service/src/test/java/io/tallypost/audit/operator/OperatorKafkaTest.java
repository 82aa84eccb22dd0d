package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.Topics;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

class OperatorKafkaTest {
  private static final ProducerRecord<byte[], byte[]> RECORD =
      new ProducerRecord<>(Topics.OPERATIONS, "m1".getBytes(UTF_8));

  /** Does not learn where a topic is, as a producer whose broker is away. */
  private static final class Unreachable extends MockProducer<byte[], byte[]> {
    private int sends;

    Unreachable() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
      sends++;
      return CompletableFuture.failedFuture(new TimeoutException("no metadata"));
    }
  }

  /** Fails when it is closed, and before that at the commit, if at all. */
  private static final class Sticky extends MockProducer<byte[], byte[]> {
    Sticky(@Nullable RuntimeException refusal) {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
      initTransactions();
      commitTransactionException = refusal;
    }

    @Override
    public void close(Duration timeout) {
      throw new KafkaException("not closed");
    }
  }

  /** Has this producer. */
  private static final class Connected extends OperatorKafka {
    private final Producer<byte[], byte[]> producer;

    Connected(Producer<byte[], byte[]> producer) {
      super(new KafkaProperties());
      this.producer = producer;
    }

    @Override
    public Producer<byte[], byte[]> transactional(String id) {
      return producer;
    }
  }

  /** Fails so often to say that it has committed. */
  private static final class Slow extends MockProducer<byte[], byte[]> {
    private int failures;

    Slow(int failures) {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
      this.failures = failures;
      initTransactions();
      beginTransaction();
    }

    @Override
    public void commitTransaction() {
      if (failures-- > 0) {
        throw new TimeoutException();
      }
      super.commitTransaction();
    }
  }

  @Test
  void asksAgainWhetherKafkaHasCommitted() {
    var producer = new Slow(1);

    assertThatNoException().isThrownBy(() -> OperatorKafka.commit(producer));

    assertThat(producer.commitCount()).isEqualTo(1);
  }

  @Test
  void doesNotSayThatNothingWasDoneWhenNobodyKnows() {
    assertThatThrownBy(() -> Answers.of(() -> commit(new Slow(2))))
        .isInstanceOfSatisfying(
            ProblemException.class,
            problem -> {
              // Clients repeat the others by their code or after the time in the header.
              assertThat(problem.code()).isEqualTo("unconfirmed");
              assertThat(problem.headers().containsHeader("Retry-After")).isFalse();
            })
        .hasMessageContaining("may have been done")
        .hasMessageContaining("admin log");
  }

  @Test
  void isDoneAlthoughTheProducerDoesNotClose() {
    var producer = new Sticky(null);

    assertThatNoException().isThrownBy(() -> new Connected(producer).publish("a", List.of(RECORD)));

    assertThat(producer.commitCount()).isEqualTo(1);
  }

  @Test
  void saysWhyItIsNotDoneAlthoughTheProducerDoesNotClose() {
    var refusal = new ProducerFencedException("another one");

    assertThatThrownBy(() -> new Connected(new Sticky(refusal)).publish("a", List.of(RECORD)))
        .isSameAs(refusal);
  }

  /** Each would wait for the same broker, one after the other. */
  @Test
  void sendsNoMoreRecordsAfterOneThatFailedAtOnce() {
    var producer = new Unreachable();

    OperatorKafka.send(producer, List.of(RECORD, RECORD, RECORD));

    assertThat(producer.sends).isEqualTo(1);
  }

  @Test
  void sendsAllRecordsWhereNoneFails() {
    var producer = new Slow(0);

    OperatorKafka.send(producer, List.of(RECORD, RECORD, RECORD));

    assertThat(producer.uncommittedRecords()).hasSize(3);
  }

  @Test
  void saysThatKafkaRefused() {
    var fenced = new Slow(0);
    fenced.commitTransactionException = new ProducerFencedException("another one");

    assertThatThrownBy(() -> commit(fenced))
        .isInstanceOf(KafkaException.class)
        .isNotInstanceOf(OperatorKafka.UnconfirmedException.class);
  }

  private static boolean commit(MockProducer<byte[], byte[]> producer) {
    OperatorKafka.commit(producer);
    return true;
  }
}
