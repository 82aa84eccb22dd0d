package io.tallypost.intake.relays;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.json.MailboxFields;
import io.tallypost.intake.outbox.Database;
import io.tallypost.intake.replies.BrokerUnavailableException;
import io.tallypost.intake.send.AllowedDomains;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mailbox;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.RelayTested;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Lets operators test relays. */
@RestController
@PreAuthorize("hasAuthority('SCOPE_operator')")
class RelayTestController {
  private static final Logger log = LoggerFactory.getLogger(RelayTestController.class);

  private final RelayRegister relays;
  private final RelayTests tests;
  private final CompactedView<TenantState> tenants;
  private final IntakeSettings settings;
  private final Database database;

  RelayTestController(
      RelayRegister relays,
      RelayTests tests,
      CompactedView<TenantState> tenants,
      IntakeSettings settings,
      Database database) {
    this.relays = relays;
    this.tests = tests;
    this.tenants = tenants;
    this.settings = settings;
    this.database = database;
  }

  /**
   * The result of a test.
   *
   * @param ok whether mail can be sent there
   * @param steps what was done, in order; the last one failed, or all went well
   * @param worker the process that tested
   */
  record RelayTestAnswer(boolean ok, List<RelayTestStep> steps, String worker) {

    static RelayTestAnswer of(RelayTested tested) {
      return new RelayTestAnswer(
          tested.ok(),
          tested.steps().stream()
              .map(step ->
                  new RelayTestStep(
                      step.name().wireName(), step.ok(), step.detail(), step.durationMs()))
              .toList(),
          tested.worker());
    }
  }

  /**
   * A step.
   *
   * @param name {@code password}, {@code resolve}, {@code connect}, {@code tls}, {@code auth} or
   *     {@code mail}
   * @param detail the relay's reply or what happened; absent where there is nothing to say
   */
  record RelayTestStep(String name, boolean ok, @Nullable String detail, long durationMs) {}

  @PostMapping("/api/v1/admin/relays/{id}/test")
  RelayTestAnswer test(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    RelayState relay =
        RelayAdminController.EXISTING
            .or404(id, known -> database.call(() -> relays.find(known)))
            .state();
    var problems = new FieldProblems();
    var object = JsonBody.readOptional(bytes, problems);
    RelayTests.TestMail mail = mail(object, relay);
    problems.refuseIfAny();
    if (mail != null) {
      new AllowedDomains(
              caller.key().restrictions(), senderDomains(caller), settings.recipientDomains())
          .check(object, mail.from(), Map.of("to", List.of(mail.to())));
    }
    if (!tests.isReady()) {
      throw Refusals.unavailable("The service is starting; try again.");
    }
    var change = AdminLog.Change.by(caller, "relay.tested", object);
    database.call(() -> relays.note(caller, change, relay));
    RelayTested tested = tested(relay, mail);
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("relay_id", relay.id())
        .addKeyValue("ok", tested.ok())
        .log("relay tested");
    return RelayTestAnswer.of(tested);
  }

  private RelayTested tested(RelayState relay, RelayTests.@Nullable TestMail mail) {
    try {
      return tests.run(relay, mail).orElseThrow(this::noWorker);
    } catch (BrokerUnavailableException e) {
      throw Refusals.unavailable("The broker does not answer, so no worker can be asked.");
    }
  }

  private ProblemException noWorker() {
    return new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE,
            "no_worker",
            "No worker has answered within %d s: see whether one is running, and try again."
                .formatted(settings.relayTestWait().toSeconds()))
        .header(HttpHeaders.RETRY_AFTER, "5");
  }

  /** The mail that is asked for; null where there is none. */
  private RelayTests.@Nullable TestMail mail(JsonObject body, RelayState relay) {
    var mailboxes = new MailboxFields(body, settings.smtputf8());
    Optional<Mailbox> to = mailboxes.one("to");
    Optional<Mailbox> otherwise = body.has("to") ? defaultFrom(relay) : Optional.empty();
    Optional<Mailbox> author = mailboxes.one("from", otherwise);
    body.refuseUnknown();
    if (!body.has("to")) {
      if (body.has("from")) {
        body.problem("to", "is required where there is a from");
      }
      return null;
    }
    if (otherwise.isEmpty() && !body.has("from")) {
      body.problem(
          "from",
          "is required: neither the relay's tenant nor this installation has a default sender");
    }
    return to.isPresent() && author.isPresent()
        ? new RelayTests.TestMail(author.get(), to.get())
        : null;
  }

  private List<DomainRule> senderDomains(Caller caller) {
    return tenants
        .get(caller.tenant().value())
        .map(TenantState::allowedSenderDomains)
        .orElse(List.of());
  }

  private Optional<Mailbox> defaultFrom(RelayState relay) {
    return tenants
        .get(relay.tenant().value())
        .map(TenantState::defaultFrom)
        .or(settings::defaultFrom);
  }
}
