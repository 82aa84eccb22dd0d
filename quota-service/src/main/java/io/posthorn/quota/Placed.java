package io.posthorn.quota;

import io.posthorn.events.SendRequested;

/** A request that could be read, and where. */
record Placed(SendRequested request, Source source) {}
