package io.tallypost.audit.deadletter;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.OperatorReads;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.events.EventJson;
import io.tallypost.events.SendRequested;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.keys.Revalidation;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import io.tallypost.mail.Mail;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Shows operators the dead letters. */
@RestController
@RequestMapping("/api/v1/admin/dead-letters")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class DeadLetterController {
  private static final Logger log = LoggerFactory.getLogger(DeadLetterController.class);
  private static final int LONGEST_REASON = 500;

  private final Letters letters;
  private final Discards discards;
  private final AdminLog adminLog;
  private final OperatorReads reads;
  private final Revalidation callers;
  private final InstantSource clock;
  private final String publicUrl;

  DeadLetterController(
      Letters letters,
      Discards discards,
      AdminLog adminLog,
      OperatorReads reads,
      Revalidation callers,
      InstantSource clock,
      AuditSettings settings) {
    this.letters = letters;
    this.discards = discards;
    this.adminLog = adminLog;
    this.reads = reads;
    this.callers = callers;
    this.clock = clock;
    this.publicUrl = settings.publicUrl();
  }

  @GetMapping
  Paged<Letter> list(@RequestParam MultiValueMap<String, String> query, Caller caller) {
    var problems = new FieldProblems();
    var fields = QueryFields.of(query, problems);
    LetterFilter filter = LetterFilter.read(fields).state(fields);
    Page<UUID> page = NewestFirst.page(fields);
    fields.refuseUnknown();
    problems.refuseIfAny();
    List<Letter> rows =
        Answers.of(() -> {
          reads.searched(caller, "dead_letter.searched", query);
          return letters.page(filter, page);
        });
    return page.of(rows, letter -> letter, letter -> new Place<>(letter.deadAt(), letter.id()));
  }

  @GetMapping("/{id}")
  LetterDetail get(@PathVariable String id, Caller caller) {
    Letter letter = existing(id);
    var content =
        Answers.of(() -> letters.content(letter.id())).orElseThrow(DeadLetterController::unknown);
    UUID message = letter.messageId();
    List<Letter> history =
        message == null ? List.of(letter) : Answers.of(() -> letters.of(message));
    Mail mail = null;
    String bytes = null;
    if (caller.has(Scope.READ_BODY)) {
      mail = mail(content.value());
      bytes = mail == null ? base64(content.value()) : null;
      Answers.of(() -> {
        adminLog.add(
            clock.instant(),
            caller.apiKeyId(),
            "dead_letter.body_read",
            letter.id(),
            letter.owner(),
            null);
        return letter;
      });
    } else {
      Answers.of(() -> {
        reads.read(caller, "dead_letter.read", letter.id(), letter.owner());
        return letter;
      });
    }
    return new LetterDetail(
        letter,
        content.headers(),
        history,
        mail,
        bytes,
        new LetterDetail.Links(message == null ? null : publicUrl + "/api/v1/messages/" + message));
  }

  @PostMapping(path = "/{id}/discard", consumes = MediaType.APPLICATION_JSON_VALUE)
  Letter discard(
      @PathVariable String id,
      Caller caller,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    Letter letter = existing(id);
    var problems = new FieldProblems();
    JsonObject body = JsonBody.read(bytes, problems);
    String reason = body.text("reason").map(String::strip).orElse("");
    if (!body.has("reason") || reason.isEmpty()) {
      body.problem("reason", "is required: say why nobody needs this mail any more");
    } else if (reason.length() > LONGEST_REASON) {
      body.problem("reason", "is longer than " + LONGEST_REASON + " characters");
    }
    body.refuseUnknown();
    problems.refuseIfAny();
    callers.refuseUnlessMay(caller, Scope.OPERATOR);
    Letter discarded = Answers.of(() -> discards.discard(letter, reason, caller.apiKeyId()));
    log.atInfo().addKeyValue("dead_letter_id", letter.id()).log("dead letter discarded");
    return discarded;
  }

  private Letter existing(String id) {
    return Answers.id(id)
        .flatMap(known -> Answers.of(() -> letters.find(known)))
        .orElseThrow(DeadLetterController::unknown);
  }

  private static @Nullable String base64(byte @Nullable [] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }

  private static RuntimeException unknown() {
    return Answers.notFound("There is no dead letter with this id.");
  }

  private static @Nullable Mail mail(byte @Nullable [] value) {
    try {
      return EventJson.read(value, SendRequested.class).mail();
    } catch (UnreadableRecordException e) {
      return null;
    }
  }
}
