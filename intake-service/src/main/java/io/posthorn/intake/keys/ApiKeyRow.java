package io.posthorn.intake.keys;

import io.posthorn.keys.ApiKeyState;
import java.time.Instant;

/** An API key as its row has it: its state, and what only the admin API shows. */
record ApiKeyRow(ApiKeyState state, Instant createdAt, Instant updatedAt) {}
