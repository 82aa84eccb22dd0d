package io.posthorn.intake.keys;

import io.posthorn.keys.TenantState;
import java.time.Instant;

/** A tenant as its row has it: its state, and what only the admin API shows. */
record TenantRow(TenantState state, Instant createdAt, Instant updatedAt) {}
