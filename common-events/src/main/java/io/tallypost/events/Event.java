package io.tallypost.events;

import io.tallypost.ids.MessageId;

/** A fact about one message, on its way between the services. */
public sealed interface Event permits SendRequested, QuotaDecided, DeliveryOutcome {

  /** The fields that every event has. */
  EventContext context();

  default MessageId messageId() {
    return context().messageId();
  }
}
