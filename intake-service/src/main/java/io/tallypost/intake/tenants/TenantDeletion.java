package io.tallypost.intake.tenants;

import io.tallypost.ids.TenantId;
import java.time.Instant;

/**
 * What the deletion of a tenant means, as the admin API says it.
 *
 * @param queuedMail what happens to its accepted mail that was not sent yet
 * @param idReservedUntil when another tenant may take this id
 */
record TenantDeletion(TenantId id, Instant deletedAt, String queuedMail, Instant idReservedUntil) {
  private static final String QUEUED_MAIL =
      "Mail that was accepted and not yet sent is never sent. It ends as failed, with a dead letter, when a worker next looks at it.";

  static TenantDeletion of(TenantId id, Instant deletedAt, ReservedIds reserved) {
    return new TenantDeletion(id, deletedAt, QUEUED_MAIL, reserved.freeAt(deletedAt));
  }
}
