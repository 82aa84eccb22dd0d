package io.tallypost.audit.timeline;

import io.tallypost.audit.store.Columns;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The tables of messages and recipients: {@link MessageState} as rows. */
@Repository
public class MessageRows {
  private static final String CLAIM =
      """
      INSERT INTO audit.message
        (day, message_id, submission_id, tenant, api_key_id, mode, lane, accepted_at, updated_at, replay_count, attempt)
      SELECT *, 0, 0 FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (message_id, day) DO NOTHING
      RETURNING message_id
      """;

  private static final String LOCK =
      """
      SELECT message_id, status, accepted_at, submission_id FROM audit.message
      WHERE message_id = ANY(?) AND day = ?
      ORDER BY message_id FOR UPDATE
      """;

  private static final String UPSERT =
      """
      INSERT INTO audit.message AS known
        (day, message_id, submission_id, tenant, api_key_id, mode, lane, status, from_address, from_name, subject,
         rejected_by, accepted_at, updated_at, due_at, replay_count, attempt, trace_id, request_id,
         request_partition, request_offset)
      SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (message_id, day) DO UPDATE SET
        submission_id = excluded.submission_id, api_key_id = excluded.api_key_id, mode = excluded.mode,
        lane = excluded.lane, status = excluded.status, from_address = excluded.from_address,
        from_name = excluded.from_name, subject = excluded.subject, rejected_by = excluded.rejected_by,
        accepted_at = excluded.accepted_at, updated_at = excluded.updated_at, due_at = excluded.due_at,
        replay_count = excluded.replay_count, attempt = excluded.attempt, trace_id = excluded.trace_id,
        request_id = excluded.request_id, request_partition = excluded.request_partition,
        request_offset = excluded.request_offset
      """;

  private static final String FORGET_RECIPIENTS =
      "DELETE FROM audit.message_recipient WHERE message_id = ANY(?) AND day = ?";

  private static final String UPSERT_RECIPIENTS =
      """
      INSERT INTO audit.message_recipient
        (day, message_id, recipient, position, kind, tenant, api_key_id, from_address, subject, status, smtp_code,
         enhanced_code, reply, error, relay, attempt, replay_count, cost, accepted_at, updated_at,
         trace_id)
      SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (message_id, day, recipient) DO UPDATE SET
        position = excluded.position, kind = excluded.kind, api_key_id = excluded.api_key_id,
        from_address = excluded.from_address, subject = excluded.subject, status = excluded.status,
        smtp_code = excluded.smtp_code, enhanced_code = excluded.enhanced_code, reply = excluded.reply,
        error = excluded.error, relay = excluded.relay, attempt = excluded.attempt,
        replay_count = excluded.replay_count, cost = excluded.cost, accepted_at = excluded.accepted_at,
        updated_at = excluded.updated_at, trace_id = excluded.trace_id
      """;

  private record Recipient(MessageState message, RecipientState state) {}

  private final JdbcClient jdbc;

  public MessageRows(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Locks the messages' rows until the transaction's end, new ones included: other transactions
   * with events of the same message wait, and then see ours. Always in one order, so that no two
   * transactions wait for each other.
   *
   * @param messages an event of each message, all of one day, in the order of their keys
   * @return the owners' claims so far; none for messages that are new
   */
  public Map<MessageKey, Claim> lock(List<TimelineEntry> messages) {
    Set<UUID> fresh =
        jdbc.sql(CLAIM)
            .params(
                Columns.of(messages)
                    .add("date", entry -> entry.key().day())
                    .add("uuid", entry -> entry.context().messageId())
                    .add("uuid", entry -> entry.context().submissionId())
                    .add("text", entry -> entry.context().tenant())
                    .add("text", entry -> entry.context().apiKeyId())
                    .add("text", entry -> entry.context().mode().wireName())
                    .add("text", entry -> entry.context().lane().wireName())
                    .add("timestamptz", entry -> entry.context().acceptedAt())
                    .add("timestamptz", entry -> entry.context().occurredAt())
                    .params())
            .query((row, number) -> row.getObject("message_id", UUID.class))
            .set();
    LocalDate day = messages.getFirst().key().day();
    return jdbc
        .sql(LOCK)
        .params(Columns.of(messages).add("uuid", entry -> entry.context().messageId()).params())
        .param(day)
        .query((row, number) -> claim(day, row))
        .list()
        .stream()
        .filter(claim -> !fresh.contains(claim.key().messageId().value()))
        .collect(Collectors.toMap(Claim::key, Function.identity()));
  }

  private static Claim claim(LocalDate day, ResultSet row) throws SQLException {
    String status = row.getString("status");
    return Claim.of(
        new MessageKey(day, new MessageId(row.getObject("message_id", UUID.class))),
        status == null ? null : MessageStatus.of(status),
        row.getObject("accepted_at", OffsetDateTime.class).toInstant(),
        new SubmissionId(row.getObject("submission_id", UUID.class)));
  }

  /**
   * Writes the rows of messages that are locked.
   *
   * @param states all of one day
   * @param before the result of {@link #lock}
   */
  public void write(List<MessageState> states, Map<MessageKey, Claim> before) {
    if (states.isEmpty()) {
      return;
    }
    List<MessageState> passedOn =
        states.stream()
            .filter(state -> state.status() == null || isPassedOn(state, before.get(state.key())))
            .toList();
    if (!passedOn.isEmpty()) {
      jdbc.sql(FORGET_RECIPIENTS)
          .params(Columns.of(passedOn).add("uuid", state -> state.key().messageId()).params())
          .param(passedOn.getFirst().key().day())
          .update();
    }
    jdbc.sql(UPSERT).params(columns(states)).update();
    List<Recipient> recipients =
        states.stream()
            .flatMap(state -> state.recipients().stream().map(to -> new Recipient(state, to)))
            .toList();
    if (!recipients.isEmpty()) {
      jdbc.sql(UPSERT_RECIPIENTS).params(recipientColumns(recipients)).update();
    }
  }

  private static boolean isPassedOn(MessageState state, @Nullable Claim before) {
    return before != null && !before.submissionId().equals(state.owner().submissionId());
  }

  private static List<Object> columns(List<MessageState> states) {
    return Columns.of(states)
        .add("date", state -> state.key().day())
        .add("uuid", state -> state.key().messageId())
        .add("uuid", state -> state.owner().submissionId())
        .add("text", state -> state.owner().tenant())
        .add("text", state -> state.owner().apiKeyId())
        .add("text", state -> state.owner().mode().wireName())
        .add("text", state -> state.owner().lane().wireName())
        .add("text", state -> wireName(state.status()))
        .add("text", MessageState::fromAddress)
        .add("text", state -> state.requested().map(Fact.Requested::fromName).orElse(null))
        .add("text", MessageState::subject)
        .add("text", MessageRows::rejectedBy)
        .add("timestamptz", state -> state.owner().acceptedAt())
        .add("timestamptz", MessageState::updatedAt)
        .add("timestamptz", MessageState::dueAt)
        .add("int4", MessageState::replayCount)
        .add("int4", MessageState::attempt)
        .add("text", MessageState::traceId)
        .add("text", MessageState::requestId)
        .add("int4", state -> request(state).map(TimelineEntry::partition).orElse(null))
        .add("int8", state -> request(state).map(TimelineEntry::offset).orElse(null))
        .params();
  }

  private static List<Object> recipientColumns(List<Recipient> recipients) {
    return Columns.of(recipients)
        .add("date", row -> row.message().key().day())
        .add("uuid", row -> row.message().key().messageId())
        .add("text", row -> row.state().address())
        .add("int4", row -> row.state().position())
        .add(
            "text",
            row -> Optional.ofNullable(row.state().kind()).map(Fact.Kind::wireName).orElse(null))
        .add("text", row -> row.message().owner().tenant())
        .add("text", row -> row.message().owner().apiKeyId())
        .add("text", row -> row.message().fromAddress())
        .add("text", row -> row.message().subject())
        .add("text", row -> row.state().status().wireName())
        .add("int4", row -> row.state().smtpCode())
        .add("text", row -> row.state().enhancedCode())
        .add("text", row -> row.state().reply())
        .add("text", row -> row.state().error())
        .add("text", row -> row.state().relay())
        .add("int4", row -> row.state().attempt())
        .add("int4", row -> row.state().replayCount())
        .add("numeric", row -> row.state().cost())
        .add("timestamptz", row -> row.message().owner().acceptedAt())
        .add("timestamptz", row -> row.state().updatedAt())
        .add("text", row -> row.message().traceId())
        .params();
  }

  private static Optional<TimelineEntry> request(MessageState state) {
    return Optional.ofNullable(state.request());
  }

  private static @Nullable String wireName(@Nullable MessageStatus status) {
    return status == null ? null : status.wireName();
  }

  private static @Nullable String rejectedBy(MessageState state) {
    return state.rejectedBy().isEmpty() ? null : String.join(",", state.rejectedBy());
  }
}
