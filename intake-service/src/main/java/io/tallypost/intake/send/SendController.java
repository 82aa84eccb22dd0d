package io.tallypost.intake.send;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Takes mail from clients. */
@RestController
class SendController {
  private static final Logger log = LoggerFactory.getLogger(SendController.class);

  /** Where mail is posted. */
  static final String PATH = "/api/v1/send";

  private final Submissions submissions;
  private final SendAnswers answers;
  private final SendMetrics metrics;
  private final CompactedView<TenantState> tenants;
  private final Optional<Mailbox> defaultFrom;
  private final boolean smtpUtf8;
  private final List<DomainRule> recipientDomains;

  SendController(
      Submissions submissions,
      SendAnswers answers,
      SendMetrics metrics,
      CompactedView<TenantState> tenants,
      IntakeSettings settings) {
    this.submissions = submissions;
    this.answers = answers;
    this.metrics = metrics;
    this.tenants = tenants;
    this.defaultFrom = settings.defaultFrom();
    this.smtpUtf8 = settings.smtputf8();
    this.recipientDomains = settings.recipientDomains();
  }

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  @PreAuthorize("hasAuthority('SCOPE_send')")
  ResponseEntity<SendAnswer> send(
      Caller caller,
      @RequestHeader HttpHeaders headers,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    long began = System.nanoTime();
    Optional<IdempotencyKey> key = idempotencyKey(headers);
    SendBody body = body(caller, bytes);
    boolean wait = !Preference.respondAsync(headers.getOrEmpty(Preference.HEADER));
    Submitted submitted = submissions.submit(caller, body, key, wait);
    var took = Duration.ofNanos(System.nanoTime() - began);
    count(caller, submitted);
    ResponseEntity<SendAnswer> answer = answers.answer(submitted);
    metrics.accepted(caller.tenant(), took, bytes == null ? 0 : bytes.length);
    log.atInfo()
        .addKeyValue("operation", "send")
        .addKeyValue("message_id", Objects.requireNonNull(answer.getBody(), "a 202 has one").id())
        .addKeyValue("recipients", body.mail().recipients().size())
        .addKeyValue("duration_ms", took.toMillis())
        .log("mail accepted");
    return answer;
  }

  private SendBody body(Caller caller, byte @Nullable [] bytes) {
    var problems = new FieldProblems();
    Optional<TenantState> tenant = tenants.get(caller.tenant().value());
    var from =
        Optional.ofNullable(caller.key().defaultFrom())
            .or(() -> tenant.map(TenantState::defaultFrom))
            .or(() -> defaultFrom);
    JsonObject object = JsonBody.read(bytes, problems);
    KeyRestrictions key = caller.key().restrictions();
    SendBody body = SendBody.read(object, from, smtpUtf8, key, problems).orElse(null);
    problems.refuseIfAny();
    Objects.requireNonNull(body, "there are no problems");
    List<DomainRule> tenantSenders =
        tenant.map(TenantState::allowedSenderDomains).orElse(List.of());
    new AllowedDomains(key, tenantSenders, recipientDomains).check(object, body.mail());
    return body;
  }

  private static Optional<IdempotencyKey> idempotencyKey(HttpHeaders headers) {
    try {
      return IdempotencyKey.read(headers.getOrEmpty(IdempotencyKey.HEADER));
    } catch (IllegalArgumentException e) {
      throw new ProblemException(
          HttpStatus.BAD_REQUEST,
          "invalid_idempotency_key",
          "The header " + IdempotencyKey.HEADER + " " + e.getMessage() + ".");
    }
  }

  private void count(Caller caller, Submitted submitted) {
    switch (submitted) {
      case Submitted.Queued(_, var late) when late -> metrics.late();
      case Submitted.Refused(_, var policies) -> metrics.refused(caller.tenant(), policies);
      case Submitted.Unacknowledged _ -> metrics.unacknowledged();
      case Submitted.Queued _, Submitted.Decided _ -> {}
    }
  }
}
