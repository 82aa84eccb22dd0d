package io.tallypost.intake.keys;

import io.tallypost.keys.ApiKeyState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An API key as its row has it: its state, and what only the admin API shows.
 *
 * @param lastUsedAt the last request with it, to the minute; null if there was none yet
 */
record ApiKeyRow(
    ApiKeyState state, Instant createdAt, Instant updatedAt, @Nullable Instant lastUsedAt) {}
