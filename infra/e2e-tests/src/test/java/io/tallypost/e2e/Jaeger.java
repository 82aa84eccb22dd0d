package io.tallypost.e2e;

import static java.util.Comparator.comparingLong;

import io.tallypost.stack.rest.RestClient;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** A running Jaeger, asked through the API that its user interface has. */
final class Jaeger implements Traces {
  private final RestClient rest;

  Jaeger(String url) {
    this.rest = RestClient.of(url);
  }

  /** {@code OTEL_EXPORTER_OTLP_ENDPOINT}, or Jaeger's usual port for OTLP over HTTP. */
  @Override
  public String endpoint() {
    return Objects.requireNonNullElse(
        System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://127.0.0.1:4318");
  }

  @Override
  public List<TraceSpan> of(String traceId) {
    try {
      RestClient.Answer answer = rest.get("/api/traces/" + traceId);
      if (answer.status() != 200) {
        return List.of();
      }
      JsonNode trace = answer.json().path("data").path(0);
      return each(trace.path("spans")).map(span -> span(trace, span)).toList();
    } catch (UncheckedIOException e) {
      return List.of();
    }
  }

  private static TraceSpan span(JsonNode trace, JsonNode span) {
    Map<String, String> tags = tags(span.path("tags"));
    String id = span.path("traceID").asString();
    var references = each(span.path("references")).toList();
    String parent =
        references.stream()
            .filter(to -> to.path("refType").asString().equals("CHILD_OF"))
            .filter(to -> to.path("traceID").asString().equals(id))
            .map(to -> to.path("spanID").asString())
            .findFirst()
            .orElse("");
    return new TraceSpan(
        id,
        span.path("spanID").asString(),
        parent,
        span.path("operationName").asString(),
        tags.getOrDefault("span.kind", "internal"),
        trace
            .path("processes")
            .path(span.path("processID").asString())
            .path("serviceName")
            .asString(),
        tags,
        // Jaeger gives them in no order.
        each(span.path("logs"))
            .sorted(comparingLong(log -> log.path("timestamp").asLong()))
            .map(log -> String.join(" ", tags(log.path("fields")).values()))
            .toList(),
        references.size() - (parent.isEmpty() ? 0 : 1));
  }

  private static Map<String, String> tags(JsonNode tags) {
    Map<String, String> values = new HashMap<>();
    tags.forEach(tag -> values.put(tag.path("key").asString(), tag.path("value").asString()));
    return values;
  }

  private static Stream<JsonNode> each(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
