package io.tallypost.intake.admin;

import java.time.Instant;

/** Config as its row has it: its state, and what only the admin API shows. */
public record ConfigRow<S>(S state, Instant createdAt, Instant updatedAt) {}
