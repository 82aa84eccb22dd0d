package io.tallypost.faults.scene;

import java.time.Instant;

/**
 * A mail that a client has asked for, and the last answer to it.
 *
 * @param status HTTP's; 0 when there was no answer to the last of its tries
 * @param messageId empty unless it was answered with one
 * @param internetMessageId the Message-ID that its recipients see
 * @param units its distinct recipients
 * @param askedAt when it was sent for the first time
 */
public record Request(
    int status, String messageId, String internetMessageId, int units, Instant askedAt) {

  public boolean accepted() {
    return status == 202;
  }
}
