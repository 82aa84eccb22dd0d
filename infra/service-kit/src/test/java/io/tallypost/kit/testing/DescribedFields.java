package io.tallypost.kit.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compares the fields that a hand-written reader asks for with those that docs/api/openapi.json
 * tells of the operation: neither may have one that the other does not.
 */
public final class DescribedFields {
  private static final Path FILE = Path.of("..", "docs", "api", "openapi.json");

  private DescribedFields() {}

  /**
   * Of a body.
   *
   * @param operation as {@code POST /api/v1/send}
   * @param inner the fields that lead to the object within the body that is read; none for itself
   * @param reader reads an empty object
   */
  public static void assertTakenInBody(
      String operation, Consumer<JsonObject> reader, String... inner) {
    JsonNode schema = operation(operation).at("/requestBody/content/application~1json/schema");
    for (String field : inner) {
      schema = schema.path("properties").path(field);
    }
    assertTaken(operation, schema.path("properties").propertyNames(), reader);
  }

  /** Of a query; as {@link #assertTakenInBody}. */
  public static void assertTakenInQuery(String operation, Consumer<JsonObject> reader) {
    List<String> described =
        operation(operation)
            .path("parameters")
            .valueStream()
            .filter(parameter -> parameter.path("in").asString().equals("query"))
            .map(parameter -> parameter.path("name").asString())
            .toList();
    assertTaken(operation, described, reader);
  }

  private static void assertTaken(
      String operation, Iterable<String> described, Consumer<JsonObject> reader) {
    var asked = new Asked();
    reader.accept(new JsonObject(asked, "", new FieldProblems()));
    assertThat(described)
        .as(
            "what %s takes, in openapi-notes.yaml and then by `make docs` in openapi.json",
            operation)
        .containsExactlyInAnyOrderElementsOf(asked.names);
  }

  private static JsonNode operation(String name) {
    String[] parts = name.split(" ", 2);
    try {
      JsonNode operation =
          JsonMapper.shared()
              .readTree(Files.readAllBytes(FILE))
              .path("paths")
              .path(parts[1])
              .path(parts[0].toLowerCase(Locale.ROOT));
      assertThat(operation.isObject()).as(name).isTrue();
      return operation;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An empty object that remembers what it was asked for. */
  // Nobody serialises it.
  @SuppressWarnings("serial")
  private static final class Asked extends ObjectNode {
    private final Set<String> names = new TreeSet<>();

    private Asked() {
      super(JsonNodeFactory.instance);
    }

    @Override
    public @Nullable JsonNode get(String name) {
      names.add(name);
      return super.get(name);
    }
  }
}
