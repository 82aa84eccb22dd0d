package io.tallypost.quota;

import io.tallypost.events.SendRequested;
import org.jspecify.annotations.Nullable;

/**
 * A request that could be read, and where.
 *
 * @param traceId the trace it came with; null if with none
 */
record Placed(SendRequested request, Source source, @Nullable String traceId) {}
