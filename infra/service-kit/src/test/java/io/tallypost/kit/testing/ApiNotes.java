package io.tallypost.kit.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A service's {@code openapi-notes.yaml}, operation by operation. Where a note says {@code like},
 * the type is that of an answer, as springdoc sees it, with what the note adds:
 *
 * <ul>
 *   <li>{@code {like: RelayConfigAnswer.security}} is the schema of that field;
 *   <li>beside {@code properties}, {@code like: RelayConfigAnswer} gives each of them the schema of
 *       the field of the same name, where there is one.
 * </ul>
 *
 * What begins with {@code x-} is no operation, but what several share.
 */
final class ApiNotes {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Of every operation that answers a page. */
  static final ArrayNode PAGE =
      (ArrayNode)
          yaml(
              """
              - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 200}, description: how many at most; 50 if absent}
              - {name: cursor, in: query, schema: {type: string}, description: next_cursor of the page before}
              """);

  private static final String FILE = "/openapi-notes.yaml";
  private static final String LIKE = "like";

  private final ObjectNode notes;
  private final Set<String> unused = new TreeSet<>();

  private ApiNotes(ObjectNode notes) {
    this.notes = notes;
    notes.propertyNames().stream().filter(name -> !name.startsWith("x-")).forEach(unused::add);
  }

  /** Reads them, with the types of answers. */
  static ApiNotes read(JsonNode schemas) throws IOException {
    try (InputStream stream = ApiNotes.class.getResourceAsStream(FILE)) {
      String text = stream == null ? "{}" : new String(stream.readAllBytes(), UTF_8);
      return new ApiNotes((ObjectNode) typed(yaml(text), schemas));
    }
  }

  /** What is said of an operation, as {@code GET /api/v1/health}. */
  JsonNode of(String operation) {
    unused.remove(operation);
    return notes.path(operation);
  }

  /** A slip in an operation's name would go unnoticed. */
  void assertAllUsed() {
    assertThat(unused).as("operations of " + FILE + " that the service does not have").isEmpty();
  }

  /** Copies: what several notes share is one node. */
  private static JsonNode typed(JsonNode note, JsonNode schemas) {
    if (note instanceof ArrayNode array) {
      var copy = array.arrayNode();
      array.forEach(element -> copy.add(typed(element, schemas)));
      return copy;
    }
    if (!(note instanceof ObjectNode object)) {
      return note;
    }
    ObjectNode copy = object.objectNode();
    if (object.has(LIKE) && !object.has("properties")) {
      String[] field = object.get(LIKE).asString().split("\\.", 2);
      copy.setAll((ObjectNode) field(schemas, field[0], field[1]).deepCopy());
    }
    for (var part : object.properties()) {
      if (!part.getKey().equals(LIKE)) {
        copy.set(part.getKey(), typed(part.getValue(), schemas));
      }
    }
    if (object.has(LIKE) && copy.get("properties") instanceof ObjectNode properties) {
      JsonNode answer = properties(schemas, object.get(LIKE).asString());
      for (var property : properties.properties()) {
        if (answer.get(property.getKey()) instanceof ObjectNode schema) {
          property.setValue(schema.deepCopy().setAll((ObjectNode) property.getValue()));
        }
      }
    }
    return copy;
  }

  private static JsonNode field(JsonNode schemas, String schema, String field) {
    JsonNode found = properties(schemas, schema).path(field);
    assertThat(found.isObject()).as("%s names %s.%s", FILE, schema, field).isTrue();
    return found;
  }

  private static JsonNode properties(JsonNode schemas, String schema) {
    assertThat(schemas.has(schema)).as("%s names the answer %s", FILE, schema).isTrue();
    return schemas.path(schema).path("properties");
  }

  private static JsonNode yaml(String text) {
    return JSON.valueToTree(new Yaml().load(text));
  }
}
