package io.tallypost.audit.replay;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.audit.reads.ReadTurns;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.keys.Revalidation;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Lets operators replay dead letters. */
@RestController
@RequestMapping("/api/v1/admin/replays")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class ReplayController {
  private static final Logger log = LoggerFactory.getLogger(ReplayController.class);

  private final ReplayJobs jobs;
  private final Letters letters;
  private final ReadTurns reads;
  private final AuditSettings settings;
  private final Revalidation callers;

  ReplayController(
      ReplayJobs jobs,
      Letters letters,
      ReadTurns reads,
      AuditSettings settings,
      Revalidation callers) {
    this.jobs = jobs;
    this.letters = letters;
    this.reads = reads;
    this.settings = settings;
    this.callers = callers;
  }

  /** A job, or for a dry run what it would do. */
  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Object> create(
      Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    var problems = new FieldProblems();
    var body = JsonBody.read(bytes, problems);
    var request = ReplayRequest.read(body, settings.replayRate(), problems);
    problems.refuseIfAny();
    if (request.dryRun()) {
      // It asks for much and does nothing, as a search.
      try (var _ = reads.take(caller)) {
        refuseUnknown(request, problems);
        return ResponseEntity.ok(Answers.of(() -> letters.waiting(request.filter())));
      }
    }
    refuseUnknown(request, problems);
    callers.refuseUnlessMay(caller, Scope.OPERATOR);
    ReplayJob job = Answers.of(() -> jobs.create(request, body.json(), caller.apiKeyId()));
    done("replay created", job);
    return ResponseEntity.created(URI.create("/api/v1/admin/replays/" + job.id())).body(job);
  }

  @GetMapping
  Paged<ReplayJob> list(@RequestParam MultiValueMap<String, String> query) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    Page<UUID> page = NewestFirst.page(fields);
    fields.refuseUnknown();
    problems.refuseIfAny();
    List<ReplayJob> rows = Answers.of(() -> jobs.page(page));
    return page.of(rows, job -> job, job -> new Place<>(job.createdAt(), job.id()));
  }

  @GetMapping("/{id}")
  ReplayJob get(@PathVariable String id) {
    return existing(id);
  }

  @PostMapping("/{id}/pause")
  ReplayJob pause(@PathVariable String id, Caller caller) {
    return change(id, caller, ReplayState.PAUSED, ReplayState.RUNNING);
  }

  @PostMapping("/{id}/resume")
  ReplayJob resume(@PathVariable String id, Caller caller) {
    return change(id, caller, ReplayState.RUNNING, ReplayState.PAUSED);
  }

  @PostMapping("/{id}/cancel")
  ReplayJob cancel(@PathVariable String id, Caller caller) {
    return change(id, caller, ReplayState.CANCELLED, ReplayState.RUNNING, ReplayState.PAUSED);
  }

  private ReplayJob change(String id, Caller caller, ReplayState to, ReplayState... from) {
    ReplayJob job = existing(id);
    callers.refuseUnlessMay(caller, Scope.OPERATOR);
    boolean changed = Answers.of(() -> jobs.change(job.id(), to, caller.apiKeyId(), from));
    ReplayJob now = existing(id);
    if (!changed && now.state() != to) {
      throw Answers.conflict(
          "replay_" + now.state().wireName(), "This replay is " + now.state().wireName() + ".");
    }
    if (changed) {
      done("replay " + to.wireName(), now);
    }
    return now;
  }

  private void refuseUnknown(ReplayRequest request, FieldProblems problems) {
    List<UUID> unknown = Answers.of(() -> letters.unknown(List.copyOf(request.ids().values())));
    request
        .ids()
        .forEach((pointer, id) -> {
          if (unknown.contains(id)) {
            problems.add(pointer, "is not the id of a dead letter");
          }
        });
    problems.refuseIfAny();
  }

  private ReplayJob existing(String id) {
    return Answers.id(id)
        .flatMap(known -> Answers.of(() -> jobs.find(known)))
        .orElseThrow(() -> Answers.notFound("There is no replay with this id."));
  }

  private static void done(String what, ReplayJob job) {
    log.atInfo().addKeyValue("job_id", job.id()).log(what);
  }
}
