package io.tallypost.kit.json;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object whose fields are read one by one. A field of the wrong type is a fault and then
 * counts as absent; {@code null} counts as absent too, but is no fault. A field that was never read
 * is unknown.
 */
public final class JsonObject {
  private final ObjectNode node;
  private final String pointer;
  private final FieldProblems problems;
  private final Set<String> asked = new HashSet<>();

  public JsonObject(ObjectNode node, String pointer, FieldProblems problems) {
    this.node = node;
    this.pointer = pointer;
    this.problems = problems;
  }

  /** The pointer of one of its fields. */
  public String pointer(String field) {
    return pointer + "/" + field.replace("~", "~0").replace("/", "~1");
  }

  /** Whether the field is there, whatever its type. */
  public boolean has(String field) {
    asked.add(field);
    JsonNode value = node.get(field);
    return value != null && !value.isNull();
  }

  /** Whether the field is there as an explicit {@code null}. */
  public boolean isNull(String field) {
    asked.add(field);
    JsonNode value = node.get(field);
    return value != null && value.isNull();
  }

  /** A field of any type. */
  public Optional<JsonNode> any(String field) {
    return has(field) ? Optional.of(node.get(field)) : Optional.empty();
  }

  public Optional<String> text(String field) {
    return any(field).flatMap(value -> text(value, pointer(field)));
  }

  private Optional<String> text(JsonNode value, String at) {
    if (value.isString()) {
      return Optional.of(value.stringValue());
    }
    problems.add(at, "must be a string, not " + kind(value));
    return Optional.empty();
  }

  /** An array of strings, by their pointers; the wrong ones left out. */
  public Map<String, String> texts(String field) {
    var texts = new LinkedHashMap<String, String>();
    any(field)
        .ifPresent(value -> {
          if (!value.isArray()) {
            problems.add(pointer(field), "must be an array of strings, not " + kind(value));
            return;
          }
          int i = 0;
          for (JsonNode element : value.values()) {
            String at = pointer(field) + "/" + i++;
            text(element, at).ifPresent(text -> texts.put(at, text));
          }
        });
    return texts;
  }

  /** A whole number that fits a {@code long}. */
  public Optional<Long> wholeNumber(String field) {
    return any(field)
        .flatMap(value -> {
          if (value.isIntegralNumber() && value.canConvertToLong()) {
            return Optional.of(value.longValue());
          }
          problems.add(
              pointer(field),
              value.isNumber()
                  ? "must be a whole number of at most 18 digits"
                  : "must be a whole number, not " + kind(value));
          return Optional.empty();
        });
  }

  public Optional<Boolean> bool(String field) {
    return any(field)
        .flatMap(value -> {
          if (value.isBoolean()) {
            return Optional.of(value.booleanValue());
          }
          problems.add(pointer(field), "must be true or false, not " + kind(value));
          return Optional.empty();
        });
  }

  public Optional<JsonObject> object(String field) {
    return any(field)
        .flatMap(value -> {
          if (value instanceof ObjectNode object) {
            return Optional.of(new JsonObject(object, pointer(field), problems));
          }
          problems.add(pointer(field), "must be an object, not " + kind(value));
          return Optional.empty();
        });
  }

  /** The object as JSON. */
  public String json() {
    return node.toString();
  }

  /** Its fields' names, in their order. */
  public List<String> names() {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  /** Adds a fault for each field that was never read. */
  public void refuseUnknown() {
    for (String name : names()) {
      if (!asked.contains(name)) {
        problems.add(pointer(name), "is not a known field");
      }
    }
  }

  /** A value's type, in words for its sender. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case BINARY, MISSING, POJO -> "something else";
    };
  }
}
