package io.tallypost.intake.tenants;

import io.tallypost.ids.TenantId;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.Existing;
import io.tallypost.intake.admin.OldestFirst;
import io.tallypost.intake.outbox.Database;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import io.tallypost.kit.problems.ProblemException;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Lets operators manage the tenants. */
@RestController
@RequestMapping("/api/v1/admin/tenants")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class TenantAdminController {
  private static final Logger log = LoggerFactory.getLogger(TenantAdminController.class);
  private static final Existing<TenantId> EXISTING = new Existing<>("tenant", TenantId::new);

  /** PostgreSQL's name of the constraint that keeps a tenant with relays. */
  private static final String RELAYS = "relay_tenant_fkey";

  private final TenantRegister tenants;
  private final Database database;
  private final IntakeSettings settings;
  private final InstantSource clock;

  TenantAdminController(
      TenantRegister tenants, Database database, IntakeSettings settings, InstantSource clock) {
    this.tenants = tenants;
    this.database = database;
    this.settings = settings;
    this.clock = clock;
  }

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<TenantAnswer> create(
      Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    var wanted = new TenantBody(object, settings.smtputf8(), now()).forCreation();
    problems.refuseIfAny();
    var change = AdminLog.Change.by(caller, "tenant.created", object);
    ConfigRow<TenantState> row = named(() -> tenants.create(caller, wanted, change));
    done("tenant created", row.state().id());
    return ResponseEntity.created(URI.create("/api/v1/admin/tenants/" + row.state().id()))
        .body(TenantAnswer.of(row));
  }

  @GetMapping
  Paged<TenantAnswer> list(
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String limit) {
    Page<String> page = OldestFirst.page(limit, cursor);
    return page.of(
        database.call(() -> tenants.page(page)),
        TenantAnswer::of,
        row -> new Place<>(row.createdAt(), row.state().id().value()));
  }

  @GetMapping("/{id}")
  TenantAnswer get(@PathVariable String id) {
    return TenantAnswer.of(EXISTING.or404(id, known -> database.call(() -> tenants.find(known))));
  }

  @PatchMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  TenantAnswer change(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    ConfigRow<TenantState> before =
        EXISTING.or404(id, known -> database.call(() -> tenants.find(known)));
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    var body = new TenantBody(object, settings.smtputf8(), now());
    boolean enabled = body.forChange(before.state(), 1).enabled();
    problems.refuseIfAny();
    if (!enabled && before.state().id().equals(caller.tenant())) {
      throw conflict(
          "own_tenant", "A key cannot disable its own tenant: nobody could undo it with that key.");
    }
    var change = AdminLog.Change.by(caller, "tenant.changed", object);
    ConfigRow<TenantState> row =
        EXISTING.or404(
            id, known -> named(() -> tenants.change(caller, known, change, body::forChange)));
    done("tenant changed", row.state().id());
    return TenantAnswer.of(row);
  }

  @DeleteMapping("/{id}")
  TenantDeletion delete(Caller caller, @PathVariable String id) {
    if (id.equals(TenantId.DEFAULT.value())) {
      throw conflict("default_tenant", "The default tenant cannot be deleted.");
    }
    if (id.equals(TenantId.EVERYBODY.value())) {
      throw conflict("everybody", "The tenant * stands for all tenants and cannot be deleted.");
    }
    var change = AdminLog.Change.by(caller, "tenant.deleted");
    try {
      TenantDeletion deleted =
          EXISTING.or404(id, known -> database.call(() -> tenants.delete(caller, known, change)));
      done("tenant deleted", deleted.id());
      return deleted;
    } catch (DataIntegrityViolationException e) {
      throw String.valueOf(e.getMessage()).contains(RELAYS)
          ? conflict("tenant_has_relays", "This tenant has relays; delete them first.")
          : conflict("tenant_has_keys", "This tenant has API keys; delete them first.");
    }
  }

  private <T> T named(Supplier<T> work) {
    try {
      return database.call(work);
    } catch (DuplicateKeyException e) {
      throw conflict("name_taken", "There is a tenant with this id or this name already.");
    }
  }

  private Instant now() {
    // PostgreSQL's precision.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  private static ProblemException conflict(String code, String detail) {
    return new ProblemException(HttpStatus.CONFLICT, code, detail);
  }

  private static void done(String what, TenantId subject) {
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("subject_tenant_id", subject)
        .log(what);
  }
}
