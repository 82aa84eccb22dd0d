package io.tallypost.audit.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.deadletter.LetterFilter;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.kit.database.ConfirmingTransactionTemplate;
import io.tallypost.kit.paging.Page;
import io.tallypost.mail.EmailAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The table of the replays, and which letters are theirs. */
@Repository
public class ReplayJobs {
  /** How long a silent process keeps a job. */
  static final Duration LEASE = Duration.ofSeconds(10);

  private static final String INSERT =
      """
      INSERT INTO audit.replay_job
        (id, state, request, rate, relay_id, recipients, matched, claimed, skipped, created_by, created_at, changed_at,
         finished_at)
      VALUES (:id, :state, :request::jsonb, :rate, :relay, :recipients::text[], :matched, :claimed, :matched - :claimed, :by,
              :at, :at, CASE WHEN :claimed = 0 THEN :at END)
      """;

  private static final String LEASE_OUT =
      """
      UPDATE audit.replay_job SET runner = :runner, lease_until = now() + :lease::interval
      WHERE id = (SELECT id FROM audit.replay_job
                  WHERE finished_at IS NULL AND state <> 'paused' AND (lease_until IS NULL OR lease_until < now())
                  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING *
      """;

  private static final String RENEW =
      """
      UPDATE audit.replay_job SET lease_until = now() + :lease::interval
      WHERE id = :id AND runner = :runner RETURNING *
      """;

  private static final String ADVANCE =
      """
      UPDATE audit.replay_job
      SET progress = :to, replayed = replayed + :replayed, skipped = skipped + :skipped, changed_at = :at
      WHERE id = :id AND runner = :runner AND progress = :from
      """;

  private final TransactionTemplate transaction;
  private final JdbcClient jdbc;
  private final AdminLog adminLog;
  private final InstantSource clock;

  ReplayJobs(
      PlatformTransactionManager transactions,
      JdbcClient jdbc,
      AdminLog adminLog,
      InstantSource clock) {
    this.transaction = new ConfirmingTransactionTemplate(transactions);
    this.transaction.setName("replay_job");
    this.jdbc = jdbc;
    this.adminLog = adminLog;
    this.clock = clock;
  }

  /** Somebody else has the job now. */
  static final class LostLeaseException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Makes a job and claims its letters, for this job alone.
   *
   * @param json what was asked for
   */
  ReplayJob create(ReplayRequest request, String json, ApiKeyId by) {
    var id = UUID.randomUUID();
    OffsetDateTime now = now();
    return Objects.requireNonNull(
        transaction.execute(status -> {
          int claimed =
              jdbc.sql(claim(request.filter()))
                  .params(request.filter().params())
                  .param("job", id)
                  .param("at", now)
                  .param("by", by.value())
                  .update();
          int matched = request.ids().isEmpty() ? claimed : request.named();
          jdbc.sql(INSERT)
              .param("id", id)
              .param("state", (claimed == 0 ? ReplayState.DONE : ReplayState.RUNNING).wireName())
              .param("request", json)
              .param("rate", request.rate())
              .param("relay", request.relayId())
              .param(
                  "recipients",
                  request.recipients().stream().map(EmailAddress::value).toArray(String[]::new))
              .param("matched", matched)
              .param("claimed", claimed)
              .param("by", by.value())
              .param("at", now)
              .update();
          adminLog.add(
              now.toInstant(),
              by,
              "replay.created",
              id,
              request.filter().tenant(),
              claimed + " letters");
          return find(id).orElseThrow();
        }));
  }

  Optional<ReplayJob> find(UUID id) {
    return jdbc.sql("SELECT * FROM audit.replay_job WHERE id = :id")
        .param("id", id)
        .query((row, n) -> job(row))
        .optional();
  }

  List<ReplayJob> page(Page<UUID> page) {
    return jdbc.sql(
            "SELECT * FROM audit.replay_job WHERE (created_at, id) < (:before, :before_id) ORDER BY created_at DESC, id DESC LIMIT :rows")
        .param("before", page.after().utc())
        .param("before_id", page.after().id())
        .param("rows", page.rows())
        .query((row, n) -> job(row))
        .list();
  }

  /**
   * Changes the state; the job's runner sees it before the next chunk.
   *
   * @return whether it was in one of the states that it can be changed from
   */
  boolean change(UUID id, ReplayState to, ApiKeyId by, ReplayState... from) {
    OffsetDateTime now = now();
    return Boolean.TRUE.equals(
        transaction.execute(status -> {
          int changed =
              jdbc.sql(
                      "UPDATE audit.replay_job SET state = :state, changed_at = :at WHERE id = :id AND state = ANY (:from::text[])")
                  .param("state", to.wireName())
                  .param("at", now)
                  .param("id", id)
                  .param("from", Stream.of(from).map(ReplayState::wireName).toArray(String[]::new))
                  .update();
          if (changed == 1) {
            adminLog.add(now.toInstant(), by, "replay." + to.wireName(), id, null, null);
          }
          return changed == 1;
        }));
  }

  /** Takes an unfinished job that nobody works on, if there is one. */
  Optional<ReplayJob> lease(UUID runner) {
    return jdbc.sql(LEASE_OUT)
        .param("runner", runner)
        .param("lease", LEASE.toString())
        .query((row, n) -> job(row))
        .optional();
  }

  /**
   * Renews the lease of a job, and reads it again.
   *
   * @throws LostLeaseException if it is somebody else's
   */
  ReplayJob renew(UUID id, UUID runner) {
    return jdbc.sql(RENEW)
        .param("runner", runner)
        .param("id", id)
        .param("lease", LEASE.toString())
        .query((row, n) -> job(row))
        .optional()
        .orElseThrow(LostLeaseException::new);
  }

  /** Ends the lease of a job. */
  void giveBack(UUID id, UUID runner) {
    jdbc.sql(
            "UPDATE audit.replay_job SET runner = NULL, lease_until = NULL WHERE id = :id AND runner = :runner")
        .param("id", id)
        .param("runner", runner)
        .update();
  }

  /**
   * Ends the lease of a job that a fault of ours has stopped: nobody takes it before an operator
   * does. One that was cancelled meanwhile stays so.
   */
  void setAside(UUID id, UUID runner) {
    jdbc.sql(
            """
            UPDATE audit.replay_job
            SET state = CASE WHEN state = 'running' THEN 'paused' ELSE state END,
                changed_at = :at, runner = NULL, lease_until = NULL
            WHERE id = :id AND runner = :runner
            """)
        .param("at", now())
        .param("id", id)
        .param("runner", runner)
        .update();
  }

  /**
   * Records Kafka's progress.
   *
   * @param from the progress before
   * @throws LostLeaseException if somebody else has recorded it, or will
   */
  void advance(UUID id, UUID runner, int from, Progress done) {
    OffsetDateTime now = now();
    transaction.executeWithoutResult(status -> {
      int skipped = done.skipped().size();
      int advanced =
          jdbc.sql(ADVANCE)
              .param("to", done.position())
              .param("replayed", done.position() - from - skipped)
              .param("skipped", skipped)
              .param("at", now)
              .param("id", id)
              .param("runner", runner)
              .param("from", from)
              .update();
      if (advanced == 0) {
        throw new LostLeaseException();
      }
      Integer[] left = done.skipped().toArray(Integer[]::new);
      jdbc.sql(
              """
              UPDATE audit.dead_letter_state SET state = 'replayed', changed_at = :at
              WHERE job_id = :id AND position > :from AND position <= :to AND state = 'claimed'
                AND position <> ALL (:left::int[])
              """)
          .param("at", now)
          .param("id", id)
          .param("from", from)
          .param("to", done.position())
          .param("left", left)
          .update();
      release("AND position = ANY (:left::int[])", id, "left", left);
    });
  }

  /**
   * Deletes the jobs that ended before this time; one that is paused has not ended.
   *
   * @return how many
   */
  public int forgetBefore(Instant time) {
    return jdbc.sql("DELETE FROM audit.replay_job WHERE finished_at < :time")
        .param("time", time.atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Ends a job: the letters that it has not reached wait again. */
  void finish(ReplayJob job, UUID runner, ReplayState state) {
    OffsetDateTime now = now();
    transaction.executeWithoutResult(status -> {
      int finished =
          jdbc.sql(
                  """
                  UPDATE audit.replay_job
                  SET state = :state, finished_at = :at, changed_at = :at, runner = NULL, lease_until = NULL
                  WHERE id = :id AND runner = :runner AND progress = :progress
                  """)
              .param("state", state.wireName())
              .param("at", now)
              .param("id", job.id())
              .param("runner", runner)
              .param("progress", job.progress())
              .update();
      if (finished == 0) {
        throw new LostLeaseException();
      }
      release("AND position > :progress", job.id(), "progress", job.progress());
    });
  }

  /** They are as before the claim, which only the table of the jobs records. */
  private void release(String condition, UUID job, String parameter, Object value) {
    jdbc.sql(
            """
            UPDATE audit.dead_letter_state s
            SET state = 'waiting', changed_by = NULL, job_id = NULL, position = NULL,
                changed_at = coalesce((SELECT dead_at FROM audit.dead_letter d WHERE d.id = s.letter_id), changed_at)
            WHERE job_id = :id AND state = 'claimed'
            """
                + condition)
        .param("id", job)
        .param(parameter, value)
        .update();
  }

  /** All use one order, so that no two claims wait for each other. */
  private static String claim(LetterFilter filter) {
    return """
    WITH claimable AS (SELECT d.id, d.dead_at FROM %s WHERE %s AND s.state = 'waiting' ORDER BY d.id FOR UPDATE OF s),
         numbered AS (SELECT id, row_number() OVER (ORDER BY dead_at, id) AS position FROM claimable)
    UPDATE audit.dead_letter_state s
    SET state = 'claimed', job_id = :job, position = n.position, changed_at = :at, changed_by = :by
    FROM numbered n WHERE s.letter_id = n.id
    """
        .formatted(Letters.TABLES, filter.sql());
  }

  private OffsetDateTime now() {
    return StorableTime.micros(clock.instant()).atOffset(ZoneOffset.UTC);
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static ReplayJob job(ResultSet row) throws SQLException {
    return new ReplayJob(
        row.getObject("id", UUID.class),
        ReplayState.of(row.getString("state")),
        row.getInt("matched"),
        row.getInt("replayed"),
        row.getInt("skipped"),
        row.getInt("rate"),
        row.getString("relay_id"),
        Stream.of((String[]) row.getArray("recipients").getArray()).map(EmailAddress::new).toList(),
        request(row.getString("request")),
        new ApiKeyId(row.getString("created_by")),
        instant(row, "created_at"),
        instant(row, "changed_at"),
        instant(row, "finished_at"),
        row.getInt("claimed"),
        row.getInt("progress"));
  }

  private static Map<?, ?> request(String json) {
    try {
      return EventJson.read(json.getBytes(UTF_8), Map.class);
    } catch (UnreadableRecordException e) {
      throw new DataRetrievalFailureException("replay_job.request is no JSON object", e);
    }
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
