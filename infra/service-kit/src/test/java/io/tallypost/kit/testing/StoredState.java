package io.tallypost.kit.testing;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * All that a service has stored: for each of its tables the number of rows and a digest of them,
 * for each topic the sum of its end offsets. A call that is refused leaves it as it is.
 */
final class StoredState {
  private static final String URL = "spring.datasource.url";
  private static final String NO_ROWS = "0 rows";

  /** A loop that has something to do does it within this time. */
  private static final Duration QUIET = Duration.ofMillis(500);

  /**
   * Columns that a call may change though it is refused: when a key was last used, which is true of
   * a refused use as well.
   */
  private static final Map<String, String> MOVING_COLUMNS =
      Map.of("intake.api_key", "last_used_at");

  /**
   * Tables that follow from others, whenever their round comes: sums over {@code
   * audit.message_recipient}, which is looked at itself.
   */
  private static final Set<String> DERIVED_TABLES =
      Set.of("audit.usage_sum", "audit.usage_change", "audit.usage_day");

  private static final String TABLES =
      """
      SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$)'
      ORDER BY 1
      """;

  /** The one for all tests of this JVM. */
  private static final class Kafka {
    static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  }

  private final Environment service;
  private final LongSupplier keysMade;
  private @Nullable Map<String, String> known;

  /**
   * That of a running service.
   *
   * @param keysMade how many keys the test itself has published so far
   */
  StoredState(Environment service, LongSupplier keysMade) {
    this.service = service;
    this.keysMade = keysMade;
  }

  /** Waits until nothing changes any more, and knows it as it is then. */
  void settle() {
    var last = new AtomicReference<>(look());
    await()
        .pollDelay(QUIET)
        .pollInterval(QUIET)
        .until(() -> {
          Map<String, String> now = look();
          return now.equals(last.getAndSet(now)) && isPublished(now);
        });
    known = last.get();
  }

  /** Settles if calls that are good have changed something. */
  void settleIfTouched() {
    if (!look().equals(known)) {
      settle();
    }
  }

  /** What intake has committed is on its topic, too. */
  private static boolean isPublished(Map<String, String> state) {
    return state.getOrDefault("intake.outbox", NO_ROWS).startsWith(NO_ROWS);
  }

  /** It is what it was when it had last settled. */
  void assertUntouched(String calls) {
    Map<String, String> before = Objects.requireNonNull(known, "settled");
    assertThat(look()).as("nothing happened at %s", calls).isEqualTo(before);
  }

  /** The same, when what is done behind an answer has been done, too. */
  void assertUntouchedInTheEnd(String calls) {
    Map<String, String> before = Objects.requireNonNull(known, "settled");
    settle();
    assertThat(known).as("nothing happened behind %s", calls).isEqualTo(before);
  }

  private Map<String, String> look() {
    if (!service.containsProperty(URL)) {
      // A worker, which has no endpoint that does anything, and sends what other tests left.
      return Map.of();
    }
    try {
      Map<String, String> state = new TreeMap<>();
      tables(state);
      topics(state);
      return state;
    } catch (SQLException | ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void tables(Map<String, String> state) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                service.getRequiredProperty(URL),
                service.getRequiredProperty("spring.datasource.username"),
                service.getRequiredProperty("spring.datasource.password"));
        Statement statement = connection.createStatement()) {
      List<String> digests = new ArrayList<>();
      try (ResultSet tables = statement.executeQuery(TABLES)) {
        while (tables.next()) {
          if (!DERIVED_TABLES.contains(tables.getString(1))) {
            digests.add(digest(tables.getString(1)));
          }
        }
      }
      try (ResultSet rows = statement.executeQuery(String.join(" UNION ALL ", digests))) {
        while (rows.next()) {
          state.put(rows.getString(1), rows.getString(2));
        }
      }
    }
  }

  /** Over whole rows, so that it tells of each version and each time in them. */
  private static String digest(String table) {
    return """
    SELECT '%1$s', count(*) || ' rows, ' || coalesce(sum(hashtextextended((to_jsonb(t) - '%2$s')::text, 0)), 0)
    FROM %1$s t
    """
        .formatted(table, MOVING_COLUMNS.getOrDefault(table, ""));
  }

  private void topics(Map<String, String> state) throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    Kafka.ADMIN
        .describeTopics(Kafka.ADMIN.listTopics().names().get())
        .allTopicNames()
        .get()
        .forEach((topic, description) ->
            description
                .partitions()
                .forEach(partition ->
                    partitions.put(
                        new TopicPartition(topic, partition.partition()), OffsetSpec.latest())));
    Map<String, Long> ends = new TreeMap<>();
    Kafka.ADMIN
        .listOffsets(partitions)
        .all()
        .get()
        .forEach((partition, end) -> ends.merge(partition.topic(), end.offset(), Long::sum));
    ends.computeIfPresent(Topics.API_KEYS, (_, end) -> end - keysMade.getAsLong());
    ends.forEach((topic, end) -> state.put(topic, end + " records"));
  }
}
