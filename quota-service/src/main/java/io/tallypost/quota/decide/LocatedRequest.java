package io.tallypost.quota.decide;

import io.tallypost.events.SendRequested;
import org.jspecify.annotations.Nullable;

/**
 * A readable request and its place.
 *
 * @param traceId its trace; null if there is none
 */
public record LocatedRequest(SendRequested request, Source source, @Nullable String traceId) {}
