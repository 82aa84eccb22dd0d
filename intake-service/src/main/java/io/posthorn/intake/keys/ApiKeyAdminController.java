package io.posthorn.intake.keys;

import io.posthorn.events.ApiKeyId;
import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.json.Faults;
import io.posthorn.intake.json.JsonBody;
import io.posthorn.web.ProblemException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
import org.springframework.web.bind.annotation.RestController;

/** Lets an operator manage the API keys. */
@RestController
@RequestMapping("/api/v1/admin/api-keys")
@PreAuthorize("hasAuthority('SCOPE_operator')")
class ApiKeyAdminController {
  private static final Logger log = LoggerFactory.getLogger(ApiKeyAdminController.class);

  private final ApiKeyRegister keys;
  private final Database database;
  private final IntakeSettings settings;

  ApiKeyAdminController(ApiKeyRegister keys, Database database, IntakeSettings settings) {
    this.keys = keys;
    this.database = database;
    this.settings = settings;
  }

  /** All keys. */
  record Listing(List<ApiKeyAnswer> items) {}

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<ApiKeyAnswer> create(@RequestBody(required = false) byte @Nullable [] bytes) {
    var faults = new Faults();
    var object = JsonBody.read(bytes, faults);
    var body =
        ApiKeyBody.forCreation(
            object, tenant -> database.call(() -> keys.hasTenant(tenant)), faults);
    faults.refuseIfAny();
    ApiKeyRegister.Created created = named(() -> keys.create(body.wanted(settings.defaultDailyLimit())));
    done("API key created", created.token().id());
    return ResponseEntity.created(URI.create("/api/v1/admin/api-keys/" + created.token().id()))
        .body(ApiKeyAnswer.created(created));
  }

  @GetMapping
  Listing list() {
    return new Listing(database.call(keys::all).stream().map(ApiKeyAnswer::of).toList());
  }

  @GetMapping("/{id}")
  ApiKeyAnswer get(@PathVariable String id) {
    return ApiKeyAnswer.of(existing(id, known -> database.call(() -> keys.find(known))));
  }

  @PatchMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  ApiKeyAnswer change(
      @PathVariable String id, @RequestBody(required = false) byte @Nullable [] bytes) {
    var faults = new Faults();
    var body = ApiKeyBody.forChange(JsonBody.read(bytes, faults), faults);
    faults.refuseIfAny();
    ApiKeyRow row = existing(id, known -> named(() -> keys.change(known, body::applyTo)));
    done("API key changed", row.state().id());
    return ApiKeyAnswer.of(row);
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(@PathVariable String id) {
    ApiKeyId deleted =
        existing(
            id,
            known ->
                database.call(() -> keys.delete(known)) ? Optional.of(known) : Optional.empty());
    done("API key deleted", deleted);
    return ResponseEntity.noContent().build();
  }

  private <T> T named(Supplier<T> work) {
    try {
      return database.call(work);
    } catch (DuplicateKeyException e) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "name_taken", "This tenant has an API key of that name already.");
    }
  }

  private static <T> T existing(String id, Function<ApiKeyId, Optional<T>> work) {
    return parsed(id)
        .flatMap(work)
        .orElseThrow(() ->
            new ProblemException(
                HttpStatus.NOT_FOUND, "not_found", "There is no API key with this id."));
  }

  private static Optional<ApiKeyId> parsed(String id) {
    try {
      return Optional.of(new ApiKeyId(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void done(String what, ApiKeyId subject) {
    log.atInfo()
        .addKeyValue("operation", "admin")
        .addKeyValue("subject_api_key_id", subject)
        .log(what);
  }
}
