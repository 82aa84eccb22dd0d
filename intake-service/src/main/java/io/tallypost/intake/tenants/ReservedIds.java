package io.tallypost.intake.tenants;

import io.tallypost.keys.TenantState;
import io.tallypost.kit.keys.TenantSettings;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.http.HttpStatus;

/** How long the id of a deleted tenant is reserved. */
class ReservedIds {
  private final Duration reserved;

  ReservedIds(TenantSettings settings) {
    this.reserved = settings.idReserved();
  }

  /** When another tenant may take the id of one that was deleted at this time. */
  Instant freeAt(Instant deletedAt) {
    return deletedAt.plus(reserved).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
  }

  /** Tenants deleted before this time have free ids. */
  Instant deletedBefore(Instant now) {
    return now.minus(reserved);
  }

  /** Whether this is a former tenant whose id nobody may have yet. */
  boolean isReserved(TenantState tenant, Instant now) {
    return tenant.deletedAt() != null && now.isBefore(freeAt(tenant.deletedAt()));
  }

  /** The refusal of a new tenant with the id of this former one. */
  ProblemException refusal(TenantState former) {
    Instant deletedAt = former.deletedAt() == null ? Instant.EPOCH : former.deletedAt();
    Instant freeAt = freeAt(deletedAt);
    String detail =
        "belonged to a tenant that was deleted at %s, and a new one would inherit its messages, usage and idempotency keys. Take another id, or wait until %s."
            .formatted(deletedAt.truncatedTo(ChronoUnit.SECONDS), freeAt);
    return new ProblemException(
            HttpStatus.CONFLICT,
            "tenant_id_reserved",
            "The id " + detail,
            List.of(new FieldProblem("/id", detail)))
        .with("reserved_until", freeAt);
  }
}
