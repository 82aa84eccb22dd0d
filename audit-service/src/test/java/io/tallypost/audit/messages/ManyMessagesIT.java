package io.tallypost.audit.messages;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.mail.Mode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.util.UriComponentsBuilder;

/** No search reads a day of 200 000 mails from end to end. */
class ManyMessagesIT extends OperatorIT {
  private static final TenantId TENANT = new TenantId("many-messages");
  private static final int MAILS = 200_000;
  private static final int PART = 20_000;

  @Autowired private ApplicationContext context;
  @Autowired private MessageSearch search;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private PlatformTransactionManager transactions;

  /** Long before the other tests' days. */
  private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(20);

  @BeforeEach
  void fill() {
    // Once it answers, its schema is there.
    Operator.of(context);
    jdbc.queryForList("SELECT audit.make_day(?)", day);
    // In parts: on a slow machine all at once would take longer than a statement may.
    for (int first = 1; first <= MAILS; first += PART) {
      fill(first, first + PART - 1);
    }
    for (String table : tables()) {
      jdbc.execute("ANALYZE audit." + table);
    }
  }

  private void fill(int first, int last) {
    jdbc.update(
        """
        WITH mails AS (
          INSERT INTO audit.message (day, message_id, submission_id, tenant, api_key_id, mode, lane, status, from_address,
                                     subject, accepted_at, updated_at, replay_count, attempt, request_id)
          SELECT ?::date, id, id, CASE n % 10 WHEN 0 THEN ? ELSE 'others' END, 'acmeKey00001',
                 CASE n % 100 WHEN 0 THEN 'test' ELSE 'live' END, 'normal',
                 CASE n % 500 WHEN 0 THEN 'failed' WHEN 10 THEN 'queued' ELSE 'delivered' END,
                 'sender' || n % 2000 || '@acme.example', 'Order ' || n, at, at, 0, 1, 'request-' || n
          FROM (SELECT n, gen_random_uuid() AS id, ?::date + make_interval(secs => n * 0.4) AS at
                FROM generate_series(?, ?) n) numbers
          RETURNING *)
        INSERT INTO audit.message_recipient (day, message_id, recipient, position, kind, tenant, api_key_id, status, attempt,
                                             replay_count, accepted_at, updated_at)
        SELECT day, message_id, 'to' || right(subject, 3) || '@example.org', 0, 'to', tenant, api_key_id, 'delivered', 1, 0,
               accepted_at, updated_at
        FROM mails
        """,
        day, TENANT.value(), day, first, last);
  }

  @AfterEach
  void empty() {
    jdbc.queryForList("SELECT audit.drop_day(?)", day);
  }

  private List<String> tables() {
    String date = day.format(DateTimeFormatter.BASIC_ISO_DATE);
    return List.of("message_p" + date, "message_recipient_p" + date);
  }

  @Test
  void eachFilterLeadsToItsRows() {
    String until = "until=" + day.plusDays(1) + "T00:00:00Z";
    for (String query :
        List.of(
            until,
            until + "&status=failed",
            until + "&status=queued",
            until + "&sender=sender10@acme.example",
            until + "&recipient=to010@example.org",
            until + "&subject=order 1990",
            until + "&request_id=request-1990",
            "since=" + day + "T03:00:00Z&until=" + day + "T03:10:00Z")) {
      for (Caller caller :
          List.of(
              caller(Mode.LIVE, Scope.READ),
              caller(Mode.TEST, Scope.READ),
              caller(Mode.LIVE, Scope.OPERATOR))) {
        assertThat(readWhole(query, caller)).as(query + " " + caller.key().scopes()).isEmpty();
      }
    }
  }

  /** The large tables that a search read from end to end. */
  private List<String> readWhole(String query, Caller caller) {
    var fields = new LinkedMultiValueMap<String, String>();
    fields.addAll(UriComponentsBuilder.fromUriString("/?" + query).build().getQueryParams());
    var problems = new FieldProblems();
    var object = QueryFields.of(fields, problems);
    var filter = MessageFilter.read(object, caller);
    var page = NewestFirst.page(object);
    assertThat(problems.toList()).isEmpty();
    var transaction = new TransactionTemplate(transactions);
    transaction.setReadOnly(true);
    return transaction.execute(_ -> {
      search.page(filter, page);
      return jdbc.queryForList(
          "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0 AND relname IN (?, ?)",
          String.class,
          tables().toArray());
    });
  }

  private static Caller caller(Mode mode, Scope scope) {
    return new Caller(
        new ApiKeyState(
            EventContext.VERSION,
            1,
            Examples.ACME_KEY,
            TENANT,
            "acme",
            mode,
            Set.of(scope),
            List.of(),
            true,
            List.of(),
            null),
        new Credential(new ApiKeySecret("hash", null), "192.0.2.1"));
  }
}
