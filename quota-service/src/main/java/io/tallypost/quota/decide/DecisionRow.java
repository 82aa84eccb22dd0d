package io.tallypost.quota.decide;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.Fingerprint;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;

/** Decisions as columns: rows into records, records into the arrays that a statement unnests. */
final class DecisionRow {
  private DecisionRow() {}

  static Decision read(ResultSet row, boolean approved) throws SQLException {
    return new Decision(
        new SubmissionId(row.getObject("submission_id", UUID.class)),
        new Fingerprint(row.getString("fingerprint")),
        approved,
        row.getInt("units"),
        policies(row.getString("policies")),
        instant(row, "decided_at"),
        new Source(
            row.getObject("topic_id", UUID.class),
            row.getInt("partition"),
            row.getLong("record_offset")),
        row.getString("trace_id"));
  }

  static UsageKey usageKey(ResultSet row) throws SQLException {
    return new UsageKey(
        QuotaPolicyName.valueOf(row.getString("policy").toUpperCase(Locale.ROOT)),
        row.getString("subject"),
        instant(row, "window_start"));
  }

  /** All columns of the decisions that a docket changed. */
  static List<Object> columns(Docket docket) {
    var messages = List.copyOf(docket.changed().keySet());
    var decisions = messages.stream().map(docket::decision).toList();
    var requests = docket.changed().values().stream().map(LocatedRequest::request).toList();
    List<Object> columns = columns(messages.stream(), decisions);
    columns.add(requests.stream().map(request -> request.keyed()).toArray(Boolean[]::new));
    columns.add(texts(requests.stream().map(request -> request.context().tenant())));
    columns.add(texts(requests.stream().map(request -> request.context().apiKeyId())));
    columns.add(texts(requests.stream().map(request -> request.context().mode().wireName())));
    columns.add(texts(decisions.stream().map(d -> d.approved() ? "approved" : "rejected")));
    columns.add(texts(requests.stream().map(request -> request.context().acceptedAt())));
    return columns;
  }

  /** The columns that every decision has, in the order of {@link #read}'s. */
  static List<Object> columns(Stream<MessageId> messages, Collection<Decision> decisions) {
    List<Object> columns = new ArrayList<>();
    columns.add(texts(messages));
    columns.add(texts(decisions.stream().map(Decision::submission)));
    columns.add(texts(decisions.stream().map(decision -> decision.fingerprint().value())));
    columns.add(decisions.stream().map(Decision::units).toArray(Integer[]::new));
    columns.add(
        texts(decisions.stream().map(d -> new String(EventJson.write(d.policies()), UTF_8))));
    columns.add(texts(decisions.stream().map(Decision::decidedAt)));
    columns.add(texts(decisions.stream().map(decision -> decision.source().topicId())));
    columns.add(decisions.stream().map(d -> d.source().partition()).toArray(Integer[]::new));
    columns.add(decisions.stream().map(d -> d.source().offset()).toArray(Long[]::new));
    columns.add(decisions.stream().map(Decision::traceId).toArray(String[]::new));
    return columns;
  }

  private static List<PolicyUsage> policies(String json) {
    try {
      return List.of(EventJson.read(json.getBytes(UTF_8), PolicyUsage[].class));
    } catch (UnreadableRecordException e) {
      throw new IllegalStateException("a decision row holds policies that we did not write", e);
    }
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static String[] texts(Stream<?> values) {
    return values.map(Object::toString).toArray(String[]::new);
  }
}
