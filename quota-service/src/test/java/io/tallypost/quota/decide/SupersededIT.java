package io.tallypost.quota.decide;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.quota.consume.QuotaRig;
import io.tallypost.quota.consume.Requests;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A mail that never fits is sent again and again with one Idempotency-Key. */
class SupersededIT {
  private static final int REPEATS = 50_000;
  private static final UUID TOPIC = UUID.randomUUID();

  private final Requests requests =
      Requests.ofNewKey(new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 10));
  private final MessageId message = MessageId.next(NOON);
  private final RowCounter rows = new RowCounter(QuotaRig.pooled());
  private final QuotaLedger ledger =
      new QuotaLedger(
          JdbcClient.create(rows),
          new TransactionTemplate(new JdbcTransactionManager(QuotaRig.pooled())),
          QuotaRig.SETTINGS,
          InstantSource.system());
  private int offset;

  @AfterEach
  void forget() {
    rows.update("DELETE FROM quota.superseded WHERE message_id = ?", message.value());
  }

  @Test
  void readsOnlyWhatABatchAsksForHoweverOftenAMailWasRefused() {
    SendRequested first = tooLarge();
    Verdict refused = decide(first).getFirst();
    decide(tooLarge());
    addRepeats();
    rows.read.set(0);

    List<Verdict> verdicts = decide(tooLarge(), first, tooLarge(), requests.of(message, 5));

    assertThat(rows.read).hasValueBetween(1, 100);
    assertThat(verdicts.get(0)).isInstanceOfSatisfying(Verdict.Decided.class, this::isRejected);
    assertThat(verdicts.get(1))
        .isEqualTo(new Verdict.Redelivered(((Verdict.Decided) refused).decision(), false));
    assertThat(verdicts.get(2)).isInstanceOfSatisfying(Verdict.Decided.class, this::isRejected);
    assertThat(verdicts.get(3))
        .isInstanceOfSatisfying(
            Verdict.Decided.class, decided -> assertThat(decided.decision().approved()).isTrue());
  }

  private void isRejected(Verdict.Decided decided) {
    assertThat(decided.decision().approved()).isFalse();
  }

  private SendRequested tooLarge() {
    return requests.of(message, 50);
  }

  private List<Verdict> decide(SendRequested... batch) {
    List<LocatedRequest> located =
        Stream.of(batch)
            .map(request -> new LocatedRequest(request, new Source(TOPIC, 0, offset++), null))
            .toList();
    return ledger.decide(located, Map.of()).verdicts();
  }

  /** As so many more POSTs leave them. */
  private void addRepeats() {
    rows.update(
        """
        INSERT INTO quota.superseded (message_id, submission_id, fingerprint, units, policies, decided_at, topic_id,
                                      partition, record_offset)
        SELECT message_id, gen_random_uuid(), fingerprint, units, policies, decided_at, topic_id, partition, n
        FROM quota.superseded, generate_series(1, ?) AS n WHERE message_id = ?
        """,
        REPEATS,
        message.value());
  }

  /** Counts the rows that PostgreSQL hands over. */
  private static final class RowCounter extends JdbcTemplate {
    final AtomicInteger read = new AtomicInteger();

    RowCounter(DataSource source) {
      super(source);
    }

    @Override
    public <T extends @Nullable Object> T query(
        PreparedStatementCreator statement,
        @Nullable PreparedStatementSetter parameters,
        ResultSetExtractor<T> extractor) {
      return super.query(statement, parameters, rows -> extractor.extractData(counted(rows)));
    }

    private ResultSet counted(ResultSet rows) {
      return (ResultSet)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {ResultSet.class},
              (_, method, arguments) -> {
                try {
                  Object result = method.invoke(rows, arguments);
                  if (method.getName().equals("next") && Boolean.TRUE.equals(result)) {
                    read.incrementAndGet();
                  }
                  return result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }
}
