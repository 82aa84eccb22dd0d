package io.tallypost.audit.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tallypost.audit.store.StorableText;
import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataRetrievalFailureException;

/**
 * A record's headers as JSON, in their order and none left out, so that the same bytes can be
 * written again. People can read those that are text.
 */
public final class HeadersJson {
  private HeadersJson() {}

  /** One header: its text, or its bytes where they are no text; neither for a header of null. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entry(String name, @Nullable String text, @Nullable String base64) {

    private static Entry of(Header header) {
      String name = StorableText.of(header.key());
      byte[] value = header.value();
      if (value == null) {
        return new Entry(name, null, null);
      }
      String text = decoded(value);
      return text == null
          ? new Entry(name, null, Base64.getEncoder().encodeToString(value))
          : new Entry(name, text, null);
    }

    private byte @Nullable [] bytes() {
      if (base64 != null) {
        return Base64.getDecoder().decode(base64);
      }
      return text == null ? null : text.getBytes(UTF_8);
    }
  }

  static String write(Headers headers) {
    var entries = StreamSupport.stream(headers.spliterator(), false).map(Entry::of).toList();
    return new String(EventJson.write(entries), UTF_8);
  }

  static List<Entry> read(String json) {
    try {
      return List.of(EventJson.read(json.getBytes(UTF_8), Entry[].class));
    } catch (UnreadableRecordException e) {
      throw new DataRetrievalFailureException("dead_letter.headers is of a later build", e);
    }
  }

  /** The headers as they were. */
  static Headers toKafka(List<Entry> entries) {
    var headers = new org.apache.kafka.common.header.internals.RecordHeaders();
    for (Entry entry : entries) {
      headers.add(entry.name(), entry.bytes());
    }
    return headers;
  }

  /** The bytes as text; null where they are not UTF-8, or have a U+0000 that jsonb cannot hold. */
  private static @Nullable String decoded(byte[] value) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      return text.indexOf('\0') < 0 ? text : null;
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
