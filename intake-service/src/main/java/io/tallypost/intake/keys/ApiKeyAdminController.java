package io.tallypost.intake.keys;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Existing;
import io.tallypost.intake.admin.OldestFirst;
import io.tallypost.intake.inflight.AdminTurns;
import io.tallypost.intake.keys.secrets.NewSecret;
import io.tallypost.intake.outbox.Database;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import io.tallypost.kit.problems.ProblemException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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

/** Lets operators manage the API keys, and admins those of their tenant. */
@RestController
@RequestMapping("/api/v1/admin/api-keys")
@PreAuthorize("hasAnyAuthority('SCOPE_operator', 'SCOPE_admin')")
class ApiKeyAdminController {
  private static final Logger log = LoggerFactory.getLogger(ApiKeyAdminController.class);
  private static final Existing<ApiKeyId> EXISTING = new Existing<>("API key", ApiKeyId::new);

  private final ApiKeyRegister keys;
  private final Database database;
  private final AdminTurns turns;
  private final IntakeSettings settings;
  private final InstantSource clock;

  ApiKeyAdminController(
      ApiKeyRegister keys,
      Database database,
      AdminTurns turns,
      IntakeSettings settings,
      InstantSource clock) {
    this.keys = keys;
    this.database = database;
    this.turns = turns;
    this.settings = settings;
    this.clock = clock;
  }

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<ApiKeyAnswer> create(
      Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    Access access = access(caller);
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    ApiKeyRegister.Wanted wanted = wanted(object, access, problems);
    access.refuseUnlessMayGrant(wanted.scopes());
    access.refuseUnlessMayMake(wanted.privileges());
    var change = AdminLog.Change.by(caller, "api_key.created", object);
    try {
      run(access, () -> keys.refuseOneMore(wanted.tenant()));
      // In no turn: bcrypt has its own.
      ApiKeyRegister.Created created = keys.prepare(wanted, access.key().id());
      named(
          access,
          () -> {
            keys.create(created, wanted, access, change);
            return created;
          });
      done("API key created", created.token().id());
      return ResponseEntity.created(URI.create("/api/v1/admin/api-keys/" + created.token().id()))
          .body(ApiKeyAnswer.created(created, clock.instant()));
    } catch (DataIntegrityViolationException e) {
      // Its tenant was deleted after the check for it: the same check now tells the caller.
      wanted(object, access, problems);
      throw e;
    }
  }

  private ApiKeyRegister.Wanted wanted(JsonObject object, Access access, FieldProblems problems) {
    ApiKeyRegister.Wanted wanted =
        body(object).forCreation(access, tenant -> isKnown(tenant, access));
    problems.refuseIfAny();
    return wanted;
  }

  @GetMapping
  Paged<ApiKeyAnswer> list(
      Caller caller,
      @RequestParam(name = "made_by", required = false) @Nullable String madeBy,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String limit) {
    Access access = access(caller);
    Optional<TenantId> tenant = access.tenant();
    Optional<ApiKeyId> maker = maker(madeBy);
    Page<String> page = OldestFirst.page(limit, cursor);
    List<ApiKeyRow> rows =
        call(
            access,
            () ->
                maker
                    .map(key -> keys.pageOfMade(key, tenant, page))
                    .orElseGet(() -> keys.page(tenant, page)));
    return page.of(
        rows, this::shown, row -> new Place<>(row.createdAt(), row.state().id().value()));
  }

  private static Optional<ApiKeyId> maker(@Nullable String id) {
    try {
      return Optional.ofNullable(id).map(ApiKeyId::new);
    } catch (IllegalArgumentException e) {
      throw FieldProblems.only("/made_by", "is not the id of an API key");
    }
  }

  @GetMapping("/{id}")
  ApiKeyAnswer get(Caller caller, @PathVariable String id) {
    Access access = access(caller);
    return shown(EXISTING.or404(id, known -> call(access, () -> keys.find(known, access))));
  }

  @PatchMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  ApiKeyAnswer change(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    Access access = access(caller);
    // Another tenant's key is always 404.
    ApiKeyRow before = EXISTING.or404(id, known -> call(access, () -> keys.find(known, access)));
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    ApiKeyBody body = body(object);
    body.forChange(before.state());
    problems.refuseIfAny();
    access.refuseUnlessMayGrant(body.grants());
    var change = AdminLog.Change.by(caller, "api_key.changed", object);
    ApiKeyRow row =
        EXISTING.or404(
            id,
            known ->
                named(
                    access,
                    () -> keys.change(known, access, change, key -> read(body, key, problems))));
    done("API key changed", row.state().id());
    return shown(row);
  }

  /**
   * The key may have changed since the first check, so that the request now exceeds the caller's
   * key.
   */
  private static ApiKeyState read(ApiKeyBody body, ApiKeyState before, FieldProblems problems) {
    ApiKeyState after = body.forChange(before);
    problems.refuseIfAny();
    return after;
  }

  @PostMapping("/{id}/rotate")
  ApiKeyAnswer rotate(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    Access access = access(caller);
    ApiKeyRow before = EXISTING.or404(id, known -> call(access, () -> keys.find(known, access)));
    var problems = new FieldProblems();
    Duration overlap = RotationBody.overlap(bytes, problems);
    problems.refuseIfAny();
    var change = AdminLog.Change.by(caller, "api_key.rotated");
    // In no turn: bcrypt has its own.
    NewSecret renewed = keys.renew(before.state(), access);
    ApiKeyRegister.Created rotated =
        EXISTING.or404(
            id, known -> call(access, () -> keys.rotate(known, renewed, access, change, overlap)));
    done("API key rotated", rotated.token().id());
    return ApiKeyAnswer.created(rotated, clock.instant());
  }

  /**
   * What was revoked.
   *
   * @param deleted the keys' ids, the one that was asked for first
   */
  record RevokedKeys(List<ApiKeyId> deleted) {}

  @DeleteMapping("/{id}")
  ResponseEntity<RevokedKeys> delete(
      Caller caller,
      @PathVariable String id,
      @RequestParam(required = false) @Nullable String cascade) {
    Access access = access(caller);
    boolean withMade = isCascade(cascade);
    var change = AdminLog.Change.by(caller, "api_key.deleted");
    List<ApiKeyId> deleted =
        EXISTING.or404(
            id,
            known ->
                Optional.of(call(access, () -> keys.delete(known, access, change, withMade)))
                    .filter(keys -> !keys.isEmpty()));
    deleted.forEach(key -> done("API key deleted", key));
    return withMade
        ? ResponseEntity.ok(new RevokedKeys(deleted))
        : ResponseEntity.noContent().build();
  }

  private static boolean isCascade(@Nullable String cascade) {
    if (cascade != null && !cascade.equals("true") && !cascade.equals("false")) {
      throw FieldProblems.only("/cascade", "must be true or false");
    }
    return "true".equals(cascade);
  }

  private Access access(Caller caller) {
    return Access.of(caller, settings.defaultDailyLimit());
  }

  private ApiKeyBody body(JsonObject object) {
    return new ApiKeyBody(
        object, settings.defaultDailyLimit(), settings.smtputf8(), clock.instant());
  }

  /** Whether the caller may make keys for this tenant; a foreign tenant is like an unknown one. */
  private boolean isKnown(TenantId tenant, Access access) {
    return access.sees(tenant) && call(access, () -> keys.hasTenant(tenant));
  }

  private ApiKeyAnswer shown(ApiKeyRow row) {
    return ApiKeyAnswer.of(row, clock.instant());
  }

  private void run(Access access, Runnable work) {
    var _ =
        call(
            access,
            () -> {
              work.run();
              return true;
            });
  }

  private <T> T call(Access access, Supplier<T> work) {
    // Operators need no turn.
    return access.isOperator()
        ? database.call(work)
        : turns.call(access.key().tenant(), () -> database.call(work));
  }

  private <T> T named(Access access, Supplier<T> work) {
    try {
      return call(access, work);
    } catch (DuplicateKeyException e) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "name_taken", "This tenant has an API key of that name already.");
    }
  }

  private static void done(String what, ApiKeyId subject) {
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("subject_api_key_id", subject)
        .log(what);
  }
}
