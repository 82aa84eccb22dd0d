package io.tallypost.intake.relays;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Existing;
import io.tallypost.intake.admin.OldestFirst;
import io.tallypost.intake.outbox.Database;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Paged;
import io.tallypost.kit.paging.Place;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.relays.RelayState;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
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

/** Lets operators manage the relays, of each tenant and of all together. */
@RestController
@RequestMapping("/api/v1/admin/relays")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class RelayAdminController {
  private static final Logger log = LoggerFactory.getLogger(RelayAdminController.class);
  static final Existing<RelayId> EXISTING = new Existing<>("relay", RelayId::new);
  private static final int ID_BYTES = 8;

  private final RelayRegister relays;
  private final RelayHosts hosts;
  private final KeyRing keys;
  private final Database database;
  private final SecureRandom random = new SecureRandom();

  RelayAdminController(RelayRegister relays, RelayHosts hosts, KeyRing keys, Database database) {
    this.relays = relays;
    this.hosts = hosts;
    this.keys = keys;
    this.database = database;
  }

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<RelayConfigAnswer> create(
      Caller caller, @RequestBody(required = false) byte @Nullable [] bytes) {
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    RelayState relay =
        new RelayBody(object, keys).forCreation(newId(), caller.tenant(), relays::hasTenant);
    checkHost(relay, problems);
    checkPort(relay, problems);
    problems.refuseIfAny();
    var change = AdminLog.Change.by(caller, "relay.created", object);
    RelayRow row = named(() -> relays.create(caller, relay, change));
    done("relay created", row.state());
    return ResponseEntity.created(URI.create("/api/v1/admin/relays/" + relay.id()))
        .body(RelayConfigAnswer.of(row));
  }

  @GetMapping
  Paged<RelayConfigAnswer> list(
      @RequestParam(required = false) @Nullable String tenant,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(required = false) @Nullable String limit) {
    Optional<TenantId> of = tenant(tenant);
    Page<String> page = OldestFirst.page(limit, cursor);
    return page.of(
        database.call(() -> relays.page(of, page)),
        RelayConfigAnswer::of,
        row -> new Place<>(row.createdAt(), row.id()));
  }

  @GetMapping("/{id}")
  RelayConfigAnswer get(@PathVariable String id) {
    return RelayConfigAnswer.of(
        EXISTING.or404(id, known -> database.call(() -> relays.find(known))));
  }

  @PatchMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  RelayConfigAnswer change(
      Caller caller,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] bytes) {
    RelayRow before = EXISTING.or404(id, known -> database.call(() -> relays.find(known)));
    var problems = new FieldProblems();
    var object = JsonBody.read(bytes, problems);
    var body = new RelayBody(object, keys);
    RelayState wanted = body.forChange(before.state());
    if (object.has("host")) {
      // It takes its time, and asks for nothing but what the request says: not under a lock.
      checkHost(wanted, problems);
    }
    checkNewPort(object, wanted, problems);
    problems.refuseIfAny();
    var change = AdminLog.Change.by(caller, "relay.changed", object);
    RelayRow row =
        EXISTING.or404(
            id,
            known ->
                named(
                    () -> relays.change(caller, known, change, now -> read(body, now, problems))));
    done("relay changed", row.state());
    return RelayConfigAnswer.of(row);
  }

  /** The relay may have changed since the first check, so that the request is wrong now. */
  private RelayState read(RelayBody body, RelayState before, FieldProblems problems) {
    RelayState wanted = body.forChange(before);
    checkNewPort(body.body(), wanted, problems);
    problems.refuseIfAny();
    return wanted;
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(Caller caller, @PathVariable String id) {
    var change = AdminLog.Change.by(caller, "relay.deleted");
    RelayId deleted =
        EXISTING.or404(
            id,
            known ->
                database.call(() -> relays.delete(caller, known, change))
                    ? Optional.of(known)
                    : Optional.empty());
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("relay_id", deleted)
        .log("relay deleted");
    return ResponseEntity.noContent().build();
  }

  @PostMapping("/re-encrypt")
  RelayRegister.ReEncryption reEncrypt(Caller caller) {
    var change = AdminLog.Change.by(caller, "relay.re_encrypted");
    RelayRegister.ReEncryption done = database.call(() -> relays.reEncrypt(caller, change));
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("re_encrypted", done.reEncrypted())
        .addKeyValue("left", done.left().size())
        .log("relays' passwords re-encrypted");
    return done;
  }

  private void checkHost(RelayState relay, FieldProblems problems) {
    if (!relay.host().isEmpty() && !hosts.allows(relay.host())) {
      problems.add(
          "/host",
          "is or resolves to an internal address (loopback, link-local, metadata, reserved); only ALLOW_INTERNAL_RELAYS=true lets relays be there");
    }
  }

  /** Null stands for the port that is usual for the relay's security. */
  private void checkNewPort(JsonObject object, RelayState wanted, FieldProblems problems) {
    if (object.has("port") || object.isNull("port")) {
      checkPort(wanted, problems);
    }
  }

  private void checkPort(RelayState relay, FieldProblems problems) {
    boolean readable =
        problems.toList().stream().noneMatch(fault -> fault.pointer().equals("/port"));
    if (readable && !hosts.allowsPort(relay.port())) {
      problems.add(
          "/port",
          "is %d, and relays may have %s; RELAY_PORTS sets which"
              .formatted(relay.port(), hosts.ports()));
    }
  }

  private RelayId newId() {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return new RelayId(HexFormat.of().formatHex(bytes));
  }

  private static Optional<TenantId> tenant(@Nullable String tenant) {
    try {
      return Optional.ofNullable(tenant).map(TenantId::new);
    } catch (IllegalArgumentException e) {
      throw FieldProblems.only("/tenant", "must be the id of a tenant, or * for the relays of all");
    }
  }

  private <T> T named(Supplier<T> work) {
    try {
      return database.call(work);
    } catch (DuplicateKeyException e) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "name_taken", "This tenant has a relay of that name already.");
    } catch (DataIntegrityViolationException e) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "tenant_deleted", "The tenant was deleted just now.");
    }
  }

  private static void done(String what, RelayState relay) {
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("relay_id", relay.id())
        .addKeyValue("subject_tenant_id", relay.tenant())
        .log(what);
  }
}
