package io.tallypost.delivery.consume;

import io.tallypost.ids.TenantId;
import io.tallypost.mail.Mode;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Takes turns with others: a tenant's live mail, or its test mail.
 *
 * <p>It is read from the first fields of a record, without reading the mail: some microseconds, and
 * no copy of the mail in memory while it waits. A header would be cheaper to read, but quota, the
 * retry pump and every replay would have to write it, and older records would have none.
 */
record Sender(TenantId tenant, Mode mode) {
  /** The sender of unreadable records. They take turns like mail, and go to the dead letters. */
  static final Sender UNKNOWN = new Sender(TenantId.EVERYBODY, Mode.LIVE);

  private static final JsonFactory JSON = new JsonFactory();

  static Sender of(byte @Nullable [] value) {
    if (value == null) {
      return UNKNOWN;
    }
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), value)) {
      return read(json);
    } catch (JacksonException | IllegalArgumentException e) {
      return UNKNOWN;
    }
  }

  private static Sender read(JsonParser json) {
    String tenant = null;
    String mode = null;
    if (json.nextToken() != JsonToken.START_OBJECT) {
      return UNKNOWN;
    }
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "tenant" -> tenant = json.getValueAsString();
        case "mode" -> mode = json.getValueAsString();
        default -> json.skipChildren();
      }
      if (tenant != null && mode != null) {
        return new Sender(
            new TenantId(tenant), mode.equals(Mode.TEST.wireName()) ? Mode.TEST : Mode.LIVE);
      }
    }
    return UNKNOWN;
  }
}
