package io.tallypost.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.mock.web.MockHttpServletRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A service's part of docs/api/openapi.json: springdoc's description of its controllers, with what
 * {@code openapi-notes.yaml} beside its tests adds (bodies that are read by hand, examples; see
 * {@link ApiNotes}), and what holds for every operation.
 */
public final class ApiDescription {
  /** Writes the service's part anew, instead of comparing it. */
  private static final boolean REGENERATE = Boolean.getBoolean("regenerate.docs");

  private static final Path FILE = Path.of("..", "docs", "api", "openapi.json");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Map<Integer, String> PROBLEMS =
      Map.ofEntries(
          Map.entry(400, "The request cannot be read."),
          Map.entry(401, "There is no valid API key."),
          Map.entry(403, "The key is disabled or lacks the scope."),
          Map.entry(404, "There is nothing by this name, or it is another tenant's."),
          Map.entry(408, "The body did not arrive in time."),
          Map.entry(409, "The name is taken, or the state of things does not allow it."),
          Map.entry(413, "The body is too large."),
          Map.entry(415, "The body is not JSON."),
          Map.entry(422, "Fields are wrong; all of them are named."),
          Map.entry(429, "A limit is reached."),
          Map.entry(503, "Something that is needed does not answer; try again."));

  private final String service;
  private final ApiContract api;

  public ApiDescription(String service, ApiContract api) {
    this.service = service;
    this.api = api;
  }

  /** Compares docs/api/openapi.json with the running service. */
  public void assertUpToDate() throws IOException {
    var file = (ObjectNode) JSON.readTree(Files.readAllBytes(FILE));
    ObjectNode merged = merged(file.deepCopy(), generated());
    if (REGENERATE) {
      Files.writeString(
          FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(merged) + "\n");
      return;
    }
    assertThat(file.toPrettyString())
        .as("docs/api/openapi.json differs from %s; `make docs` writes it anew", service)
        .isEqualTo(merged.toPrettyString());
  }

  private ObjectNode generated() throws IOException {
    var document = (ObjectNode) snakeCased(JSON.readTree(description()));
    var schemas = document.path("components").path("schemas");
    var notes = ApiNotes.read(schemas);
    for (var path : document.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        String name = operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey();
        complete((ObjectNode) operation.getValue(), notes.of(name), schemas);
        assertPathDescribed(path.getKey(), operation.getValue());
      }
    }
    notes.assertAllUsed();
    return document;
  }

  /** What springdoc makes of the controllers; no caller gets it. */
  private byte[] description() throws IOException {
    return api.bean(OpenApiWebMvcResource.class)
        .openapiJson(new MockHttpServletRequest(), "/v3/api-docs", Locale.ENGLISH);
  }

  /** A description without them is of no use to whoever generates a client, or tests, from it. */
  private static void assertPathDescribed(String path, JsonNode operation) {
    var described =
        operation
            .path("parameters")
            .valueStream()
            .filter(parameter -> parameter.path("in").asString("").equals("path"))
            .map(parameter -> "{" + parameter.path("name").asString() + "}");
    assertThat(described)
        .as("path parameters of %s", path)
        .containsExactlyInAnyOrderElementsOf(
            Pattern.compile("\\{\\w+}").matcher(path).results().map(MatchResult::group).toList());
  }

  private void complete(ObjectNode operation, JsonNode notes, JsonNode schemas) {
    operation.putArray("tags").add(service);
    if (operation.get("parameters") instanceof ArrayNode parameters) {
      parameters.removeIf(parameter -> !parameter.path("in").asString("").equals("path"));
    }
    operation.remove("requestBody");
    notes
        .properties()
        .forEach(note -> {
          switch (note.getKey()) {
            case "responses", "problems" -> {}
            // Beside those of the path.
            case "parameters" ->
                note.getValue().forEach(operation.withArrayProperty("parameters")::add);
            default -> operation.set(note.getKey(), note.getValue());
          }
        });
    ObjectNode responses = operation.withObjectProperty("responses");
    if (isPage(responses, schemas)) {
      ApiNotes.PAGE.forEach(operation.withArrayProperty("parameters")::add);
    }
    // springdoc takes what the advice for all controllers answers for an answer of each.
    List.copyOf(responses.propertyNames()).stream()
        .filter(status -> !status.startsWith("2"))
        .forEach(responses::remove);
    for (var note : notes.path("responses").properties()) {
      // springdoc calls every answer 200; an operation that has two says so.
      boolean renamed = !responses.has(note.getKey()) && !notes.path("responses").has("200");
      if (renamed && responses.has("200")) {
        responses.set(note.getKey(), responses.remove("200"));
      }
      ObjectNode response = responses.withObjectProperty(note.getKey());
      note.getValue().properties().forEach(part -> response.set(part.getKey(), part.getValue()));
    }
    // What stands in front of every controller refuses: the container, the key, the limits.
    var statuses = new ArrayList<Integer>(List.of(400, 408, 413, 415, 429, 503));
    if (!notes.path("security").isArray()) {
      // The last for a parameter that it does not have.
      statuses.addAll(List.of(401, 403, 422));
    }
    notes.path("problems").forEach(status -> statuses.add(status.asInt()));
    statuses.stream().distinct().sorted().forEach(status -> problem(responses, status));
    for (var response : responses.properties()) {
      if (!response.getValue().has("$ref")) {
        headers((ObjectNode) response.getValue(), response.getKey());
        mediaTypes((ObjectNode) response.getValue());
      }
    }
  }

  /**
   * Whether it answers a part of a list, and so takes where the part begins and how large it is.
   */
  private static boolean isPage(JsonNode responses, JsonNode schemas) {
    String answer = responses.at("/200/content/*~1*/schema/$ref").asString("");
    return schemas
        .path(answer.substring(answer.lastIndexOf('/') + 1))
        .path("properties")
        .has("next_cursor");
  }

  private static void problem(ObjectNode responses, int status) {
    if (!PROBLEMS.containsKey(status)) {
      throw new IllegalStateException("there are no words for a problem " + status);
    }
    responses
        .putObject(String.valueOf(status))
        .put("$ref", "#/components/responses/Problem" + status);
  }

  /** Each problem once, for all operations. */
  private static void describeProblems(ObjectNode responses) {
    new TreeMap<>(PROBLEMS)
        .forEach((status, description) -> {
          ObjectNode response = responses.putObject("Problem" + status);
          response.put("description", description);
          headers(response, String.valueOf(status));
          response
              .putObject("content")
              .putObject("application/problem+json")
              .putObject("schema")
              .put("$ref", "#/components/schemas/Problem");
        });
  }

  private static void headers(ObjectNode response, String status) {
    var headers = response.withObjectProperty("headers");
    headers.putObject("X-Request-ID").put("$ref", "#/components/headers/RequestId");
    if (List.of("429", "503").contains(status)) {
      headers.putObject("Retry-After").put("$ref", "#/components/headers/RetryAfter");
    }
  }

  private static void mediaTypes(ObjectNode response) {
    if (response.get("content") instanceof ObjectNode content && content.has("*/*")) {
      content.set("application/json", content.remove("*/*"));
    }
  }

  private ObjectNode merged(ObjectNode file, ObjectNode generated) {
    var paths = new TreeMap<String, JsonNode>();
    for (var path : file.path("paths").properties()) {
      boolean ours =
          path.getValue()
              .valueStream()
              .anyMatch(operation -> operation.path("tags").path(0).asString("").equals(service));
      if (!ours) {
        paths.put(path.getKey(), path.getValue());
      }
    }
    for (var path : generated.path("paths").properties()) {
      if (path.getKey().startsWith("/api/")) {
        paths.put(path.getKey(), path.getValue());
      }
    }
    file.putObject("paths").setAll(paths);
    var schemas = new TreeMap<String, JsonNode>();
    for (var schema : file.path("components").path("schemas").properties()) {
      if (!schema.getValue().path("x-service").asString("").equals(service)) {
        schemas.put(schema.getKey(), schema.getValue());
      }
    }
    for (var schema : generated.path("components").path("schemas").properties()) {
      var others = schemas.get(schema.getKey());
      if (others == null) {
        schemas.put(schema.getKey(), ((ObjectNode) schema.getValue()).put("x-service", service));
      } else {
        assertThat(schema.getValue().path("properties"))
            .as("another service has a schema %s too; it must be the same", schema.getKey())
            .isEqualTo(others.path("properties"));
      }
    }
    var reached = new TreeMap<String, JsonNode>();
    describeProblems(file.withObjectProperty("components").putObject("responses"));
    reach(file.path("paths"), schemas, reached);
    reach(file.path("components").path("responses"), schemas, reached);
    file.withObjectProperty("components").putObject("schemas").setAll(reached);
    return file;
  }

  /** Only what an operation speaks of: springdoc describes injected arguments too. */
  private static void reach(
      JsonNode node, Map<String, JsonNode> schemas, Map<String, JsonNode> reached) {
    String name = node.path("$ref").asString("").replace("#/components/schemas/", "");
    var schema = schemas.get(name);
    if (schema != null && reached.putIfAbsent(name, schema) == null) {
      reach(schema, schemas, reached);
    }
    node.forEach(child -> reach(child, schemas, reached));
  }

  /** The names of the wire: springdoc's mapper does not know ours. */
  private static JsonNode snakeCased(JsonNode node) {
    for (var child : List.copyOf(node.properties())) {
      if (child.getKey().equals("properties") && child.getValue() instanceof ObjectNode fields) {
        for (String name : List.copyOf(fields.propertyNames())) {
          fields.set(snake(name), fields.remove(name));
        }
      } else if (child.getKey().equals("required")
          && child.getValue() instanceof ArrayNode required) {
        for (int i = 0; i < required.size(); i++) {
          required.set(i, snake(required.get(i).asString()));
        }
      }
    }
    node.forEach(ApiDescription::snakeCased);
    return node;
  }

  private static String snake(String name) {
    return name.replaceAll("(?<=[a-z0-9])([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
