package io.tallypost.audit.messages;

import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.OperatorReads;
import io.tallypost.audit.operator.QueryFields;
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

/** Finds mail without its id. */
@RestController
class SearchController {
  private final MessageSearch search;
  private final OperatorReads reads;

  SearchController(MessageSearch search, OperatorReads reads) {
    this.search = search;
    this.reads = reads;
  }

  /** A page begins where the one before ended, whatever arrived in between. */
  @GetMapping("/api/v1/messages")
  @PreAuthorize("hasAnyAuthority('SCOPE_read', 'SCOPE_operator')")
  Paged<FoundMessage> list(@RequestParam MultiValueMap<String, String> query, Caller caller) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    var filter = MessageFilter.read(fields, caller);
    Page<UUID> page = NewestFirst.page(fields);
    fields.refuseUnknown();
    problems.refuseIfAny();
    List<FoundMessage> rows =
        Answers.of(() -> {
          reads.searched(caller, "message.searched", query);
          return search.page(filter, page);
        });
    return page.of(
        rows, message -> message, message -> new Place<>(message.acceptedAt(), message.id()));
  }
}
