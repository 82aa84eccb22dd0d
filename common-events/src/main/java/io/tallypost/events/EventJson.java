package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON on the topics. Only this class writes and reads it, to a type that the topic fixes: no
 * type headers, nothing that a framework's configuration could change.
 */
public final class EventJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
          // Older readers ignore what newer writers add.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private EventJson() {}

  private record Typed(@Nullable String type) {}

  /** The bytes of an event or of a config value. */
  public static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /**
   * Reads one value.
   *
   * @param bytes the record's value; null and empty cannot be read
   * @throws UnreadableRecordException if the bytes are not such a value, or of a later version
   */
  public static <T> T read(byte @Nullable [] bytes, Class<T> type)
      throws UnreadableRecordException {
    if (bytes == null || bytes.length == 0) {
      throw new UnreadableRecordException("the record is empty");
    }
    try {
      T value = MAPPER.readValue(bytes, type);
      if (value == null) {
        throw new UnreadableRecordException("the record is the JSON null");
      }
      return value;
    } catch (JacksonException e) {
      throw new UnreadableRecordException(
          "the record is not a readable " + type.getSimpleName(), e);
    }
  }

  /**
   * Reads the kind of an event: readers skip kinds that they do not know.
   *
   * @throws UnreadableRecordException if the bytes are no event of any kind
   */
  public static String type(byte @Nullable [] bytes) throws UnreadableRecordException {
    String type = read(bytes, Typed.class).type();
    if (type == null) {
      throw new UnreadableRecordException("the record has no type");
    }
    return type;
  }
}
