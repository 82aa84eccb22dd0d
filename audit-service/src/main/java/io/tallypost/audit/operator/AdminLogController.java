package io.tallypost.audit.operator;

import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import java.util.List;
import java.util.UUID;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Tells who did what: operators everything, a tenant's admins what concerns it, and of that no more
 * than other endpoints show them: relays and tenants are for operators.
 */
@RestController
class AdminLogController {
  private final AdminLogQuery entries;

  AdminLogController(AdminLogQuery entries) {
    this.entries = entries;
  }

  @GetMapping("/api/v1/admin/log")
  @PreAuthorize("hasAnyAuthority('SCOPE_admin', 'SCOPE_operator')")
  Paged<LoggedAction> list(@RequestParam MultiValueMap<String, String> query, Caller caller) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    var filter = AdminLogFilter.read(fields, caller);
    Page<UUID> page = NewestFirst.page(fields);
    fields.refuseUnknown();
    problems.refuseIfAny();
    List<LoggedAction> rows = Answers.of(() -> entries.page(filter, page));
    boolean all = caller.has(Scope.OPERATOR);
    return page.of(
        rows,
        entry -> all ? entry : entry.forAdmins(),
        entry -> new Place<>(entry.at(), entry.id()));
  }
}
