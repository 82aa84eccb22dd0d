package io.tallypost.kit.json;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
    return pointer + pointerTo(field);
  }

  /** The pointer of a field that is in no other. */
  public static String pointerTo(String field) {
    return "/" + field.replace("~", "~0").replace("/", "~1");
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

  /** Where its problems are collected. */
  public FieldProblems problems() {
    return problems;
  }

  /** Adds a problem of a field. */
  public void problem(String field, String detail) {
    problems.add(pointer(field), detail);
  }

  /** Checks a field; as {@link FieldProblems#check}. */
  public void check(String field, Runnable check) {
    problems.check(pointer(field), check);
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

  /**
   * A string that means something.
   *
   * @param parse throws {@link IllegalArgumentException} with words that follow the field's name
   */
  public <T> Optional<T> parsed(String field, Function<String, T> parse) {
    return text(field).flatMap(text -> problems.parsed(pointer(field), () -> parse.apply(text)));
  }

  /** An array of strings, by their pointers; the wrong ones left out. */
  public Map<String, String> texts(String field) {
    var texts = new LinkedHashMap<String, String>();
    typed(field, JsonNode::isArray, "an array of strings")
        .ifPresent(array -> {
          int i = 0;
          for (JsonNode element : array.values()) {
            String at = pointer(field) + "/" + i++;
            text(element, at).ifPresent(text -> texts.put(at, text));
          }
        });
    return texts;
  }

  /** An array of strings that mean something; as {@link #texts} and {@link #parsed}. */
  public <T> Map<String, T> parsedTexts(String field, Function<String, T> parse) {
    var parsed = new LinkedHashMap<String, T>();
    texts(field)
        .forEach((at, text) ->
            problems.parsed(at, () -> parse.apply(text)).ifPresent(value -> parsed.put(at, value)));
    return parsed;
  }

  /** A whole number that fits a {@code long}. */
  public Optional<Long> wholeNumber(String field) {
    Optional<JsonNode> number = typed(field, JsonNode::isNumber, "a whole number");
    if (number.isPresent()
        && !(number.get().isIntegralNumber() && number.get().canConvertToLong())) {
      problem(field, "must be a whole number of at most 18 digits");
      return Optional.empty();
    }
    return number.map(JsonNode::longValue);
  }

  public Optional<Boolean> bool(String field) {
    return typed(field, JsonNode::isBoolean, "true or false").map(JsonNode::booleanValue);
  }

  public Optional<JsonObject> object(String field) {
    return typed(field, JsonNode::isObject, "an object")
        .map(object -> new JsonObject((ObjectNode) object, pointer(field), problems));
  }

  private Optional<JsonNode> typed(String field, Predicate<JsonNode> type, String words) {
    return any(field)
        .filter(value -> {
          boolean right = type.test(value);
          if (!right) {
            problem(field, "must be " + words + ", not " + kind(value));
          }
          return right;
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
        problem(name, "is not a known field");
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
