package io.tallypost.quota.decide;

import io.tallypost.ids.MessageId;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.ApprovalProgress.Partition;
import io.tallypost.quota.decide.Docket.Submission;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/**
 * The decisions and the counters, in PostgreSQL. One transaction per batch and one statement per
 * step, whatever the batch's size.
 *
 * <p>The second of two transactions waits: on the decision's row for a message, on the counter's
 * row for a key or a tenant. All transactions take their locks in the same order (progress,
 * decisions by message id, counters by key), so there is no deadlock. A batch that is run again,
 * because its outcome got lost, finds its own decision rows and charges nothing.
 */
public final class QuotaLedger {
  private final JdbcClient db;
  private final TransactionOperations transaction;
  private final QuotaSettings settings;
  private final InstantSource clock;

  /**
   * The verdicts on a batch.
   *
   * @param verdicts one per request, in their order
   * @param progress how far approvals were committed by then
   */
  public record Verdicts(List<Verdict> verdicts, ApprovalProgress progress) {}

  public QuotaLedger(
      JdbcClient db,
      TransactionOperations transaction,
      QuotaSettings settings,
      InstantSource clock) {
    this.db = db;
    this.transaction = transaction;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Decides on each request of a batch, in the order of the list.
   *
   * @param committed what was committed to Kafka since the last call
   * @throws org.springframework.dao.DataAccessException if PostgreSQL failed; then it is unknown
   *     whether the batch was decided, and running it again is right in both cases
   * @throws org.springframework.transaction.TransactionException likewise
   */
  public Verdicts decide(List<LocatedRequest> batch, Map<Partition, Long> committed) {
    return transaction.execute(status -> {
      record(committed);
      var progress = progress();
      return new Verdicts(decide(batch, progress), progress);
    });
  }

  /** Records what was committed to Kafka, when there is no batch to do it with. */
  public void recordOnly(Map<Partition, Long> committed) {
    transaction.executeWithoutResult(status -> record(committed));
  }

  /** The values of counters; one that was never raised is absent. Takes no lock. */
  public Map<UsageKey, Long> used(Collection<UsageKey> keys) {
    var used = new HashMap<UsageKey, Long>();
    db.sql(
            """
            SELECT u.policy, u.subject, u.window_start, u.used
            FROM quota.usage u
            JOIN unnest(?::text[], ?::text[], ?::timestamptz[]) AS key (p, s, w)
              ON u.policy = key.p AND u.subject = key.s AND u.window_start = key.w
            """)
        .params(columns(keys))
        .query(row -> {
          used.put(DecisionRow.usageKey(row), row.getLong("used"));
        });
    return used;
  }

  private List<Verdict> decide(List<LocatedRequest> batch, ApprovalProgress progress) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Instant thinned = now.minus(settings.certainlyKept());
    var open =
        batch.stream().filter(located -> !isLongSettled(located, progress, thinned)).toList();
    var messages = byMessage(open);
    Set<MessageId> added = insertDecisions(messages, now);
    var repeated = new TreeMap<>(messages);
    repeated.keySet().removeAll(ids(added));
    var standing = lockDecisions(repeated.keySet());
    var docket =
        new Docket(
            progress,
            standing,
            loadSuperseded(submissionsOf(open, standing)),
            lockCounters(countersOf(open, standing)),
            now);
    List<Verdict> verdicts =
        batch.stream()
            .map(located ->
                isLongSettled(located, progress, thinned)
                    ? new Verdict.Settled()
                    : docket.verdict(located))
            .toList();
    writeCounters(docket.charged());
    writeDecisions(docket);
    writeSuperseded(docket.newlySuperseded());
    return verdicts;
  }

  /**
   * A record below the mark whose decision may have been deleted is recognised by its age. A
   * younger one without a decision is no repeat: the broker lost the end of its log and reuses the
   * offsets.
   */
  private static boolean isLongSettled(
      LocatedRequest located, ApprovalProgress progress, Instant thinned) {
    return progress.covers(located.source())
        && located.request().context().acceptedAt().isBefore(thinned);
  }

  private static SortedMap<String, LocatedRequest> byMessage(List<LocatedRequest> batch) {
    // In the order of their text, which is the order in which PostgreSQL sorts them as uuid.
    var messages = new TreeMap<String, LocatedRequest>();
    batch.forEach(
        located -> messages.putIfAbsent(located.request().messageId().toString(), located));
    return messages;
  }

  private static Set<String> ids(Collection<MessageId> messages) {
    return messages.stream().map(MessageId::toString).collect(Collectors.toSet());
  }

  private static Set<UsageKey> countersOf(
      List<LocatedRequest> batch, Map<MessageId, Decision> standing) {
    return batch.stream()
        .map(LocatedRequest::request)
        .filter(request -> {
          var before = standing.get(request.messageId());
          return before == null || !before.approved();
        })
        .flatMap(request -> QuotaPolicy.counters(request).stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Of messages without a decision, none can be superseded. */
  private static Set<Submission> submissionsOf(
      List<LocatedRequest> batch, Map<MessageId, Decision> standing) {
    return batch.stream()
        .map(LocatedRequest::request)
        .filter(request -> standing.containsKey(request.messageId()))
        .map(Submission::of)
        .collect(Collectors.toSet());
  }

  private void record(Map<Partition, Long> committed) {
    if (committed.isEmpty()) {
      return;
    }
    var partitions = List.copyOf(committed.keySet());
    db.sql(
            """
            INSERT INTO quota.progress AS p (topic_id, partition, next_offset)
            SELECT * FROM unnest(?::uuid[], ?::integer[], ?::bigint[]) AS new (t, n, o) ORDER BY t, n
            ON CONFLICT (topic_id, partition)
            DO UPDATE SET next_offset = greatest(p.next_offset, excluded.next_offset)
            """)
        .param(texts(partitions.stream().map(Partition::topicId)))
        .param(partitions.stream().map(Partition::number).toArray(Integer[]::new))
        .param(partitions.stream().map(committed::get).toArray(Long[]::new))
        .update();
  }

  private ApprovalProgress progress() {
    var next = new HashMap<Partition, Long>();
    db.sql("SELECT topic_id, partition, next_offset FROM quota.progress")
        .query(row -> {
          var partition = new Partition(row.getObject(1, UUID.class), row.getInt(2));
          next.put(partition, row.getLong(3));
        });
    return new ApprovalProgress(next);
  }

  /** Claims the messages that nobody has decided on yet. */
  private Set<MessageId> insertDecisions(SortedMap<String, LocatedRequest> messages, Instant now) {
    if (messages.isEmpty()) {
      return Set.of();
    }
    return new HashSet<>(
        db.sql(
                """
                INSERT INTO quota.decision (message_id, keyed, decided_at)
                SELECT id, keyed, ?::timestamptz FROM unnest(?::uuid[], ?::boolean[]) AS new (id, keyed)
                ORDER BY id
                ON CONFLICT (message_id) DO NOTHING
                RETURNING message_id
                """)
            .param(now.toString())
            .param(texts(messages.keySet().stream()))
            .param(messages.values().stream().map(p -> p.request().keyed()).toArray(Boolean[]::new))
            .query((row, n) -> new MessageId(row.getObject(1, UUID.class)))
            .list());
  }

  private Map<MessageId, Decision> lockDecisions(Set<String> messages) {
    if (messages.isEmpty()) {
      return Map.of();
    }
    var standing = new HashMap<MessageId, Decision>();
    db.sql(
            """
            SELECT message_id, submission_id, fingerprint, verdict = 'approved' AS approved, units, policies,
                   decided_at, topic_id, partition, record_offset, trace_id
            FROM quota.decision WHERE message_id = ANY (?::uuid[]) ORDER BY message_id FOR UPDATE
            """)
        .param(texts(messages.stream()))
        .query(row -> {
          standing.put(
              new MessageId(row.getObject("message_id", UUID.class)),
              DecisionRow.read(row, row.getBoolean("approved")));
        });
    if (standing.size() < messages.size()) {
      throw new ConcurrencyFailureException("a decision was thinned out while it was looked up");
    }
    return standing;
  }

  /** Only of these: a message that is refused again and again has as many as it was sent. */
  private Map<Submission, Decision> loadSuperseded(Set<Submission> submissions) {
    if (submissions.isEmpty()) {
      return Map.of();
    }
    var superseded = new HashMap<Submission, Decision>();
    db.sql(
            """
            SELECT s.message_id, s.submission_id, s.fingerprint, s.units, s.policies, s.decided_at, s.topic_id,
                   s.partition, s.record_offset, s.trace_id
            FROM quota.superseded s
            JOIN unnest(?::uuid[], ?::uuid[]) AS asked (message, submission)
              ON s.message_id = asked.message AND s.submission_id = asked.submission
            """)
        .param(texts(submissions.stream().map(Submission::message)))
        .param(texts(submissions.stream().map(Submission::id)))
        .query(row -> {
          var decision = DecisionRow.read(row, false);
          var message = new MessageId(row.getObject("message_id", UUID.class));
          superseded.put(new Submission(message, decision.submission()), decision);
        });
    return superseded;
  }

  private Map<UsageKey, Long> lockCounters(Set<UsageKey> keys) {
    if (keys.isEmpty()) {
      return Map.of();
    }
    db.sql(
            """
            INSERT INTO quota.usage (policy, subject, window_start, used)
            SELECT p, s, w, 0 FROM unnest(?::text[], ?::text[], ?::timestamptz[]) AS new (p, s, w)
            ORDER BY p, s, w
            ON CONFLICT (policy, subject, window_start) DO NOTHING
            """)
        .params(columns(keys))
        .update();
    var used = new HashMap<UsageKey, Long>();
    db.sql(
            """
            SELECT u.policy, u.subject, u.window_start, u.used
            FROM quota.usage u
            JOIN unnest(?::text[], ?::text[], ?::timestamptz[]) AS key (p, s, w)
              ON u.policy = key.p AND u.subject = key.s AND u.window_start = key.w
            ORDER BY u.policy, u.subject, u.window_start
            FOR UPDATE OF u
            """)
        .params(columns(keys))
        .query(row -> {
          used.put(DecisionRow.usageKey(row), row.getLong("used"));
        });
    if (used.size() < keys.size()) {
      throw new ConcurrencyFailureException("a counter was thinned out while it was looked up");
    }
    return used;
  }

  private void writeCounters(Map<UsageKey, Long> counters) {
    if (counters.isEmpty()) {
      return;
    }
    var columns = columns(counters.keySet());
    columns.add(counters.values().toArray(Long[]::new));
    db.sql(
            """
            UPDATE quota.usage u SET used = new.used
            FROM unnest(?::text[], ?::text[], ?::timestamptz[], ?::bigint[]) AS new (p, s, w, used)
            WHERE u.policy = new.p AND u.subject = new.s AND u.window_start = new.w
            """)
        .params(columns)
        .update();
  }

  private void writeDecisions(Docket docket) {
    if (docket.changed().isEmpty()) {
      return;
    }
    db.sql(
            """
            UPDATE quota.decision d
            SET keyed = new.keyed, decided_at = new.decided_at, submission_id = new.submission_id,
                fingerprint = new.fingerprint, tenant = new.tenant, api_key_id = new.api_key_id, mode = new.mode,
                verdict = new.verdict, units = new.units, policies = new.policies, accepted_at = new.accepted_at,
                topic_id = new.topic_id, partition = new.partition, record_offset = new.record_offset,
                trace_id = new.trace_id
            FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::integer[], ?::jsonb[], ?::timestamptz[], ?::uuid[],
                        ?::integer[], ?::bigint[], ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[],
                        ?::timestamptz[])
              AS new (message_id, submission_id, fingerprint, units, policies, decided_at, topic_id, partition,
                      record_offset, trace_id, keyed, tenant, api_key_id, mode, verdict, accepted_at)
            WHERE d.message_id = new.message_id
            """)
        .params(DecisionRow.columns(docket))
        .update();
  }

  private void writeSuperseded(Map<Submission, Decision> superseded) {
    if (superseded.isEmpty()) {
      return;
    }
    var messages = superseded.keySet().stream().map(Submission::message);
    db.sql(
            """
            INSERT INTO quota.superseded (message_id, submission_id, fingerprint, units, policies, decided_at, topic_id,
                                          partition, record_offset, trace_id)
            SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::integer[], ?::jsonb[], ?::timestamptz[], ?::uuid[],
                                 ?::integer[], ?::bigint[], ?::text[])
            """)
        .params(DecisionRow.columns(messages, superseded.values()))
        .update();
  }

  private static List<Object> columns(Collection<UsageKey> keys) {
    return new ArrayList<>(
        List.of(
            texts(keys.stream().map(key -> key.policy().wireName())),
            texts(keys.stream().map(UsageKey::subject)),
            texts(keys.stream().map(UsageKey::windowStart))));
  }

  private static String[] texts(Stream<?> values) {
    return values.map(Object::toString).toArray(String[]::new);
  }
}
