package io.tallypost.audit.status;

import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.audit.operator.TenantFilter;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.json.FieldProblems;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Shows operators what was sent, by day, tenant, key and relay. */
@RestController
class UsageController {
  private static final int DAYS = 30;
  private static final int MOST_DAYS = 400;
  private static final int ROWS = 1_000;
  private static final int MOST_ROWS = 10_000;

  private final UsageReport report;
  private final InstantSource clock;

  UsageController(UsageReport report, InstantSource clock) {
    this.report = report;
    this.clock = clock;
  }

  /** Today counts as the first of the days. */
  @GetMapping("/api/v1/admin/usage")
  @PreAuthorize("hasAuthority('SCOPE_operator')")
  SentMail usage(@RequestParam MultiValueMap<String, String> query) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    int days = QueryFields.number(fields, "days", DAYS, MOST_DAYS);
    int rows = QueryFields.number(fields, "limit", ROWS, MOST_ROWS);
    TenantId tenant = TenantFilter.named(fields).orElse(null);
    fields.refuseUnknown();
    problems.refuseIfAny();
    LocalDate today = clock.instant().atOffset(ZoneOffset.UTC).toLocalDate();
    return Answers.of(() -> report.of(today.minusDays(days - 1L), today, tenant, rows));
  }
}
