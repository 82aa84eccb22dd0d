package io.tallypost.e2e;

import static java.util.Comparator.comparingLong;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running Jaeger, asked through the API that its user interface has. */
final class Jaeger implements Traces {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String url;

  Jaeger(String url) {
    this.url = url.replaceFirst("/+$", "");
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
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create(url + "/api/traces/" + traceId)).build(),
              BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        return List.of();
      }
      JsonNode trace = JSON.readTree(answer.body()).path("data").path(0);
      return each(trace.path("spans")).map(span -> span(trace, span)).toList();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
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
