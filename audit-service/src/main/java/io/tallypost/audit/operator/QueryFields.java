package io.tallypost.audit.operator;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import org.springframework.util.MultiValueMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A query's parameters as an object, so that they are read as strictly as a body, and by the same
 * code: a filter with a slip in its name would match everything.
 */
public final class QueryFields {
  private QueryFields() {}

  /** Takes the parameters; a repeated one is a fault, an empty one alone is absent. */
  public static JsonObject of(MultiValueMap<String, String> query, FieldProblems problems) {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    var object = new JsonObject(fields, "", problems);
    query.forEach((name, values) -> {
      // Beside an empty one, too: whoever reads only the first value would see no filter.
      if (values.size() > 1) {
        object.problem(name, "is there more than once");
      }
      String value = values.getFirst();
      fields.put(name, value.isEmpty() ? null : value);
    });
    return object;
  }

  /** A parameter that is a whole number of 1 to {@code most}. */
  public static int number(JsonObject fields, String name, int otherwise, int most) {
    return fields
        .parsed(
            name,
            text -> {
              if (text.matches("[1-9][0-9]{0,8}") && Integer.parseInt(text) <= most) {
                return Integer.parseInt(text);
              }
              throw new IllegalArgumentException("must be a whole number of 1 to " + most);
            })
        .orElse(otherwise);
  }
}
