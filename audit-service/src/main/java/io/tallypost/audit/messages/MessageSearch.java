package io.tallypost.audit.messages;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.MessageKey;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.ids.MessageId;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Place;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.tracing.TracingSettings;
import io.tallypost.mail.EmailAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Finds messages by what people remember of them, the newest first. */
@Repository
class MessageSearch {
  /**
   * A generic plan would know neither the partitions nor the index of a prefix. A parallel worker
   * takes longer to start than a page takes, and PostgreSQL would prefer several workers that read
   * all rows to one that stops when the page is full. Where no index helps (two filters that each
   * match much and together nothing), the reads' time-out ends the search.
   */
  private static final String CAREFULLY =
      "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL max_parallel_workers_per_gather = 0";

  private static final String RECIPIENTS =
      """
      SELECT k.message_id, k.day, r.* FROM unnest(:ids::uuid[], :days::date[]) AS k (message_id, day)
      CROSS JOIN LATERAL (
        SELECT recipient, kind, status, count(*) OVER () AS all_of_them FROM audit.message_recipient
        WHERE message_id = k.message_id AND day = k.day ORDER BY position, recipient LIMIT :shown) r
      """;

  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final String publicUrl;
  private final TracingSettings tracing;

  MessageSearch(
      JdbcClient jdbc,
      PlatformTransactionManager transactions,
      AuditSettings settings,
      TracingSettings tracing) {
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("search");
    this.transaction.setReadOnly(true);
    this.publicUrl = settings.publicUrl();
    this.tracing = tracing;
  }

  private static final class Recipients {
    private final List<FoundMessage.FoundRecipient> shown = new ArrayList<>();
    private int count;
  }

  /**
   * Finds a page's rows.
   *
   * @throws io.tallypost.kit.problems.ProblemException 503 if it takes too long
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  List<FoundMessage> page(MessageFilter filter, Page<UUID> page) {
    try {
      return Objects.requireNonNull(
          transaction.execute(status -> {
            jdbc.sql(CAREFULLY).update();
            return withRecipients(rows(filter, page));
          }));
    } catch (QueryTimeoutException e) {
      throw Refusals.unavailable(
          "The search takes too long; ask for a shorter time by since and until, or for more that is known.");
    }
  }

  private List<FoundMessage> rows(MessageFilter filter, Page<UUID> page) {
    String place =
        "%s, %s, %s"
            .formatted(
                filter.place("day"), filter.place("accepted_at"), filter.place("message_id"));
    Place<UUID> after = page.after();
    boolean first = after.equals(NewestFirst.START);
    // The day lets PostgreSQL skip the later days' partitions.
    String behind =
        first
            ? ""
            : "AND %s <= :before_day AND (%s) < (:before_day, :before, :before_id)"
                .formatted(filter.place("day"), place);
    var query =
        jdbc.sql(
                """
                SELECT m.message_id, m.status, m.tenant, m.mode, m.lane, m.from_address, m.from_name, m.subject,
                       m.accepted_at, m.updated_at, m.trace_id, m.request_id
                FROM %s
                WHERE m.status IS NOT NULL %s %s
                ORDER BY %s
                LIMIT :rows
                """
                    .formatted(
                        filter.tables(),
                        filter.sql(),
                        behind,
                        place.replace(",", " DESC,") + " DESC"))
            .params(filter.params())
            .param("rows", page.rows());
    if (!first) {
      OffsetDateTime before = after.utc();
      query
          .param("before", before)
          .param("before_day", before.toLocalDate())
          .param("before_id", after.id());
    }
    return query.query((row, n) -> message(row)).list();
  }

  private List<FoundMessage> withRecipients(List<FoundMessage> messages) {
    Map<MessageKey, Recipients> recipients = new HashMap<>();
    jdbc.sql(RECIPIENTS)
        .param("ids", texts(messages.stream().map(FoundMessage::id).toList()))
        .param(
            "days", texts(messages.stream().map(MessageSearch::key).map(MessageKey::day).toList()))
        .param("shown", FoundMessage.SHOWN)
        .query(row -> {
          var of =
              recipients.computeIfAbsent(
                  new MessageKey(
                      row.getObject("day", LocalDate.class),
                      new MessageId(row.getObject("message_id", UUID.class))),
                  key -> new Recipients());
          of.shown.add(recipient(row));
          of.count = row.getInt("all_of_them");
        });
    return messages.stream()
        .map(message -> {
          var of = recipients.getOrDefault(key(message), new Recipients());
          return message.to(of.shown, of.count);
        })
        .toList();
  }

  private static MessageKey key(FoundMessage message) {
    return new MessageKey(
        message.acceptedAt().atOffset(ZoneOffset.UTC).toLocalDate(), new MessageId(message.id()));
  }

  private static String[] texts(List<?> values) {
    return values.stream().map(Object::toString).toArray(String[]::new);
  }

  private static FoundMessage.FoundRecipient recipient(ResultSet row) throws SQLException {
    String kind = row.getString("kind");
    return new FoundMessage.FoundRecipient(
        row.getString("recipient"),
        kind == null ? null : Fact.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
        MessageStatus.of(row.getString("status")));
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private FoundMessage message(ResultSet row) throws SQLException {
    var id = new MessageId(row.getObject("message_id", UUID.class));
    String address = row.getString("from_address");
    return new FoundMessage(
        id.value(),
        address == null ? null : id.internetMessageId(new EmailAddress(address)),
        MessageStatus.of(row.getString("status")),
        row.getString("tenant"),
        row.getString("mode"),
        row.getString("lane"),
        from(address, row.getString("from_name")),
        row.getString("subject"),
        row.getObject("accepted_at", OffsetDateTime.class).toInstant(),
        row.getObject("updated_at", OffsetDateTime.class).toInstant(),
        row.getString("trace_id"),
        row.getString("request_id"),
        List.of(),
        0,
        new MessageAnswer.Links(
            publicUrl + "/api/v1/messages/" + id,
            tracing.link(row.getString("trace_id")).orElse(null)));
  }

  private static @Nullable String from(@Nullable String address, @Nullable String name) {
    return name == null ? address : name + " <" + address + ">";
  }
}
