package io.tallypost.delivery.courier;

import io.tallypost.events.EventContext;
import io.tallypost.events.RecordHeaders;
import org.apache.kafka.common.header.Headers;
import org.slf4j.MDC;

/**
 * Adds a message's ids to all lines that its thread logs: {@code message_id}, {@code tenant_id},
 * {@code api_key_id}, {@code request_id}.
 */
final class MessageLog implements AutoCloseable {
  private static final String MESSAGE_ID = "message_id";
  private static final String TENANT_ID = "tenant_id";
  private static final String API_KEY_ID = "api_key_id";
  private static final String REQUEST_ID = "request_id";

  private MessageLog() {}

  /** From now on, until it is closed. */
  static MessageLog of(EventContext message, Headers headers) {
    MDC.put(MESSAGE_ID, message.messageId().toString());
    MDC.put(TENANT_ID, message.tenant().value());
    MDC.put(API_KEY_ID, message.apiKeyId().value());
    RecordHeaders.of(headers)
        .text(RecordHeaders.REQUEST_ID)
        .ifPresent(id -> MDC.put(REQUEST_ID, id));
    return new MessageLog();
  }

  @Override
  public void close() {
    MDC.remove(MESSAGE_ID);
    MDC.remove(TENANT_ID);
    MDC.remove(API_KEY_ID);
    MDC.remove(REQUEST_ID);
  }
}
