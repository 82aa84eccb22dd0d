package io.tallypost.audit.unaccounted;

import io.tallypost.audit.backlog.LogBacklog;
import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.OperatorReads;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.audit.operator.TenantFilter;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.keys.Revalidation;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.transaction.TransactionException;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Shows operators unaccounted messages, and redrives them. */
@RestController
@RequestMapping("/api/v1/admin/unaccounted")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class UnaccountedController {
  private static final Logger log = LoggerFactory.getLogger(UnaccountedController.class);

  /** So few that the answer comes soon. */
  private static final int MOST = 200;

  /** Of a log that is behind by minutes; it reads some thousand records a second. */
  private static final String RETRY_AFTER_SECONDS = "30";

  private final UnaccountedMessages messages;
  private final Redrives redrives;
  private final LogBacklog backlog;
  private final OperatorReads reads;
  private final Revalidation callers;

  UnaccountedController(
      UnaccountedMessages messages,
      Redrives redrives,
      LogBacklog backlog,
      OperatorReads reads,
      Revalidation callers) {
    this.messages = messages;
    this.redrives = redrives;
    this.backlog = backlog;
    this.reads = reads;
    this.callers = callers;
  }

  /**
   * A page of them.
   *
   * @param nextCursor where the next page begins; absent on the last one
   * @param logBacklog how many records with results are not in the log yet; with more than some
   *     hundred, listed mail may have been delivered. Absent if Kafka does not answer
   */
  record UnaccountedPage(
      List<UnaccountedMessage> items, @Nullable String nextCursor, @Nullable Long logBacklog) {}

  /**
   * What was done.
   *
   * @param redriven how many were put back in a queue
   * @param skipped those that were not, and why
   * @param remaining how many are unaccounted for now; absent if the database does not answer
   */
  record RedriveAnswer(int redriven, List<Redrives.Skipped> skipped, @Nullable Long remaining) {}

  @GetMapping
  UnaccountedPage list(@RequestParam MultiValueMap<String, String> query, Caller caller) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    TenantId tenant = TenantFilter.named(fields).orElse(null);
    Page<UUID> page = NewestFirst.page(fields);
    fields.refuseUnknown();
    problems.refuseIfAny();
    List<UnaccountedMessage> rows =
        Answers.of(() -> {
          reads.searched(caller, "unaccounted.searched", query);
          return messages.page(tenant, page);
        });
    var paged = page.of(rows, row -> row, row -> new Place<>(row.updatedAt(), row.id()));
    return new UnaccountedPage(paged.items(), paged.nextCursor(), logBacklog());
  }

  @PostMapping(path = "/redrive", consumes = MediaType.APPLICATION_JSON_VALUE)
  RedriveAnswer redrive(Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    var problems = new FieldProblems();
    JsonObject body = JsonBody.read(bytes, problems);
    List<UUID> named = ids(body);
    if (body.has("ids") == body.has("filter")) {
      problems.add("", "needs either ids or filter; an empty filter means all");
    }
    TenantId tenant =
        body.object("filter")
            .map(filter -> {
              TenantId wanted = TenantFilter.named(filter).orElse(null);
              filter.refuseUnknown();
              return wanted;
            })
            .orElse(null);
    body.refuseUnknown();
    problems.refuseIfAny();
    refuseIfTheLogIsBehind();
    callers.refuseUnlessMay(caller, Scope.OPERATOR);
    Redrives.Done done =
        Answers.of(() ->
            redrives.redrive(
                body.has("ids") ? named : messages.oldest(tenant, MOST), caller.apiKeyId()));
    log.atInfo().addKeyValue("messages", done.redriven().size()).log("messages redriven");
    return new RedriveAnswer(done.redriven().size(), done.skipped(), remaining(tenant));
  }

  /** The act is done: what is only asked for afterwards does not change the answer to it. */
  private @Nullable Long remaining(@Nullable TenantId tenant) {
    try {
      return messages.count(tenant);
    } catch (DataAccessException | TransactionException e) {
      log.atWarn().setCause(e).log("what remains unaccounted for cannot be counted");
      return null;
    }
  }

  private @Nullable Long logBacklog() {
    try {
      return backlog.now();
    } catch (KafkaException e) {
      log.atWarn().setCause(e).log("the log's backlog cannot be asked for");
      return null;
    }
  }

  /** Delivered mail whose result has not been read yet would go out again. */
  private void refuseIfTheLogIsBehind() {
    long unread = Answers.of(backlog::afterAMoment);
    if (unread > 0) {
      throw Answers.conflict(
              "log_behind",
              "The send log is behind by "
                  + unread
                  + " records, which may say that these messages were delivered. Wait until"
                  + " log_backlog of the list is near 0 and redrive what is then still listed.")
          .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
  }

  private static List<UUID> ids(JsonObject body) {
    Map<String, String> texts = body.texts("ids");
    if (body.has("ids") && (texts.isEmpty() || texts.size() > MOST)) {
      body.problem("ids", "must have 1 to " + MOST + " entries");
    }
    List<UUID> ids = new ArrayList<>();
    texts.forEach((pointer, text) ->
        Answers.id(text)
            .ifPresentOrElse(
                ids::add, () -> body.problems().add(pointer, "is not the id of a message")));
    return ids;
  }
}
