package io.tallypost.kit.json;

import io.tallypost.kit.problems.ProblemException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns bytes into a JSON object (RFC 8259). Checks work on the tree, not on a bound object,
 * because binding stops at the first fault and takes numbers for strings.
 */
public final class JsonBody {
  /** Our deepest body has four levels. */
  private static final int DEEPEST = 16;

  /**
   * Brackets, names and values. A mail with the most recipients and headers has some 500; each
   * becomes an object in memory that is many times larger than its text.
   */
  private static final int MOST_TOKENS = 20_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxTokenCount(MOST_TOKENS)
                          .build())
                  // Of two fields with one name, which one would count?
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonBody() {}

  /**
   * Reads a body.
   *
   * @param bytes UTF-8; null if the request had no body
   * @param problems collects the problems of the object's fields
   * @throws ProblemException 400 if it is not JSON, 422 if it is not an object
   */
  public static JsonObject read(byte @Nullable [] bytes, FieldProblems problems) {
    if (bytes == null || bytes.length == 0) {
      throw malformed("The request has no body; a JSON object was expected.");
    }
    if (!isUtf8(bytes)) {
      throw malformed("The body is not UTF-8, which JSON is (RFC 8259, section 8.1).");
    }
    JsonNode root;
    try {
      root = MAPPER.readTree(bytes);
    } catch (StreamConstraintsException e) {
      throw malformed(
          "The body is nested too deeply, has too many values, or a name or number that is too long"
              + place(e));
    } catch (JacksonException e) {
      // The parser's message names its classes and repeats content: only the place is used.
      boolean duplicate =
          e.getOriginalMessage() != null && e.getOriginalMessage().startsWith("Duplicate");
      throw malformed(
          (duplicate ? "The body has the same field twice" : "The body is not well-formed JSON")
              + place(e));
    }
    if (root instanceof ObjectNode object) {
      return new JsonObject(object, "", problems);
    }
    if (root.isMissingNode()) {
      throw malformed("The body is blank; a JSON object was expected.");
    }
    problems.add("", "must be a JSON object, not " + JsonObject.kind(root));
    problems.refuseIfAny();
    throw new IllegalStateException("there is a fault");
  }

  /**
   * Whether it is not one of the encodings that the parser would guess: UTF-16 and UTF-32 have a
   * byte order mark, or a zero byte for one of the first characters, which are ASCII.
   */
  private static boolean isUtf8(byte[] bytes) {
    for (int i = 0; i < Math.min(bytes.length, 4); i++) {
      if (bytes[i] == 0) {
        return false;
      }
    }
    int first = bytes[0] & 0xff;
    int second = bytes.length > 1 ? bytes[1] & 0xff : 0;
    return !(first == 0xfe && second == 0xff) && !(first == 0xff && second == 0xfe);
  }

  /** As {@link #read}, for a request that may have no body: that is an empty object then. */
  public static JsonObject readOptional(byte @Nullable [] bytes, FieldProblems problems) {
    boolean none = bytes == null || bytes.length == 0;
    return none ? new JsonObject(MAPPER.createObjectNode(), "", problems) : read(bytes, problems);
  }

  private static ProblemException malformed(String detail) {
    return new ProblemException(HttpStatus.BAD_REQUEST, "malformed_json", detail);
  }

  private static String place(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    return at == null ? "." : ": line %d, column %d.".formatted(at.getLineNr(), at.getColumnNr());
  }
}
