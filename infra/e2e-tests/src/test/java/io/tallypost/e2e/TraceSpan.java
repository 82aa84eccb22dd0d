package io.tallypost.e2e;

import java.util.List;
import java.util.Map;

/**
 * A span as a collector has it.
 *
 * @param parentId empty for the first of a trace
 * @param kind {@code server}, {@code client}, {@code producer}, {@code consumer}, {@code internal}
 * @param service whose it is
 * @param events their names, in order, each with its attributes' values behind it
 * @param links how many other spans it points to
 */
record TraceSpan(
    String traceId,
    String spanId,
    String parentId,
    String name,
    String kind,
    String service,
    Map<String, String> attributes,
    List<String> events,
    int links) {

  String attribute(String name) {
    return attributes.getOrDefault(name, "");
  }

  boolean isCalled(String other) {
    return name.equals(other);
  }
}
