package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.audit.operator.OperatorActs.Act;
import io.tallypost.events.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** What is said of an act when PostgreSQL is gone by the end of its transaction. */
class OperatorActsTest {
  /** Begins transactions and ends none. */
  private static final class Lost extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    private final RuntimeException rollback;

    Lost() {
      this(translated());
    }

    Lost(RuntimeException rollback) {
      this.rollback = rollback;
    }

    /** What Spring Boot's manager makes of a lost connection. */
    static RuntimeException translated() {
      return new DataAccessResourceFailureException("rollback lost");
    }

    @Override
    protected Object doGetTransaction() {
      return new Object();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
      throw new TransactionSystemException("commit lost");
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
      throw rollback;
    }
  }

  /** Takes records, and then does not say so where it is told to. */
  private static final class Broker extends OperatorKafka {
    private final List<String> published = new ArrayList<>();
    private final boolean answers;

    Broker(boolean answers) {
      super(new KafkaProperties());
      this.answers = answers;
    }

    @Override
    void publish(String id, List<ProducerRecord<byte[], byte[]>> records) {
      published.add(id);
      if (!answers) {
        throw new UnconfirmedException(new TimeoutException());
      }
    }
  }

  private static final List<ProducerRecord<byte[], byte[]>> RECORDS =
      List.of(new ProducerRecord<>(Topics.OPERATIONS, "m1".getBytes(UTF_8)));

  @Test
  void isDoneOnceKafkaHasIt() {
    var kafka = new Broker(true);

    assertThat(new OperatorActs(new Lost(), kafka).perform("a", () -> new Act<>("done", RECORDS)))
        .isEqualTo("done");

    assertThat(kafka.published).containsExactly("a");
  }

  @Test
  void isNotDoneWhereThereIsNothingToTell() {
    var kafka = new Broker(true);

    assertThatThrownBy(() ->
            new OperatorActs(new Lost(), kafka).perform("a", () -> new Act<>("none", List.of())))
        .hasMessage("commit lost");

    assertThat(kafka.published).isEmpty();
  }

  @Test
  void mayBeDoneWhereKafkaDoesNotSaySo() {
    assertThat(
            Stream.of(Lost.translated(), new TransactionSystemException("rollback lost"))
                .map(Lost::new))
        .allSatisfy(lost ->
            assertThatThrownBy(() ->
                    new OperatorActs(lost, new Broker(false))
                        .perform("a", () -> new Act<>("done", RECORDS)))
                .isInstanceOf(OperatorKafka.UnconfirmedException.class));
  }
}
