package io.posthorn.intake.keys;

import io.posthorn.events.TenantId;
import io.posthorn.json.Faults;
import io.posthorn.json.JsonBody;
import io.posthorn.keys.Caller;
import io.posthorn.web.ProblemException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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

  private final TenantRegister tenants;
  private final Database database;

  TenantAdminController(TenantRegister tenants, Database database) {
    this.tenants = tenants;
    this.database = database;
  }

  /**
   * A page of tenants.
   *
   * @param nextCursor where the next page begins; absent on the last one
   */
  record Listing(List<TenantAnswer> items, @Nullable String nextCursor) {}

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<TenantAnswer> create(
      Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    var faults = new Faults();
    var object = JsonBody.read(bytes, faults);
    var wanted = new TenantBody(object, faults).forCreation();
    faults.refuseIfAny();
    var change = AdminLog.Change.by(caller, "tenant.created", object);
    TenantRow row = named(() -> tenants.create(wanted, change));
    done("tenant created", row.state().id());
    return ResponseEntity.created(URI.create("/api/v1/admin/tenants/" + row.state().id()))
        .body(TenantAnswer.of(row));
  }

  @GetMapping
  Listing list(
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String limit) {
    int size = PageCursor.size(limit);
    Optional<PageCursor> after = PageCursor.read(cursor);
    // One more than asked for tells whether there is another page.
    List<TenantRow> rows = database.call(() -> tenants.page(after, size + 1));
    List<TenantRow> page = rows.subList(0, Math.min(size, rows.size()));
    String next = rows.size() > size ? after(page.getLast()).written() : null;
    return new Listing(page.stream().map(TenantAnswer::of).toList(), next);
  }

  @GetMapping("/{id}")
  TenantAnswer get(@PathVariable String id) {
    return TenantAnswer.of(existing(id, known -> database.call(() -> tenants.find(known))));
  }

  @PatchMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  TenantAnswer change(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    TenantRow before = existing(id, known -> database.call(() -> tenants.find(known)));
    var faults = new Faults();
    var object = JsonBody.read(bytes, faults);
    var body = new TenantBody(object, faults);
    boolean enabled = body.forChange(before.state(), 1).enabled();
    faults.refuseIfAny();
    if (!enabled && before.state().id().equals(caller.tenant())) {
      throw conflict(
          "own_tenant", "A key cannot disable its own tenant: nobody could undo it with that key.");
    }
    var change = AdminLog.Change.by(caller, "tenant.changed", object);
    TenantRow row =
        existing(id, known -> named(() -> tenants.change(known, change, body::forChange)));
    done("tenant changed", row.state().id());
    return TenantAnswer.of(row);
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(Caller caller, @PathVariable String id) {
    if (id.equals(TenantId.DEFAULT.value())) {
      throw conflict("default_tenant", "The default tenant cannot be deleted.");
    }
    var change = AdminLog.Change.by(caller, "tenant.deleted");
    try {
      TenantId deleted =
          existing(
              id,
              known ->
                  database.call(() -> tenants.delete(known, change))
                      ? Optional.of(known)
                      : Optional.empty());
      done("tenant deleted", deleted);
    } catch (DataIntegrityViolationException e) {
      throw conflict("tenant_has_keys", "This tenant has API keys; delete them first.");
    }
    return ResponseEntity.noContent().build();
  }

  private <T> T named(Supplier<T> work) {
    try {
      return database.call(work);
    } catch (DuplicateKeyException e) {
      throw conflict("name_taken", "There is a tenant with this id or this name already.");
    }
  }

  private static PageCursor after(TenantRow row) {
    return new PageCursor(row.createdAt(), row.state().id().value());
  }

  private static ProblemException conflict(String code, String detail) {
    return new ProblemException(HttpStatus.CONFLICT, code, detail);
  }

  private static <T> T existing(String id, Function<TenantId, Optional<T>> work) {
    return parsed(id)
        .flatMap(work)
        .orElseThrow(() ->
            new ProblemException(
                HttpStatus.NOT_FOUND, "not_found", "There is no tenant with this id."));
  }

  private static Optional<TenantId> parsed(String id) {
    try {
      return Optional.of(new TenantId(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void done(String what, TenantId subject) {
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("subject_tenant_id", subject)
        .log(what);
  }
}
