package io.tallypost.quota;

import io.tallypost.events.SendRequested;
import org.jspecify.annotations.Nullable;

/**
 * A readable request and its place.
 *
 * @param traceId its trace; null if there is none
 */
record Placed(SendRequested request, Source source, @Nullable String traceId) {}
