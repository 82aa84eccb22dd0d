package io.tallypost.stack.smtp.inbox;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A mail whose final dot was seen.
 *
 * @param receivedAt when the dot was seen
 * @param mailFrom the envelope's sender, empty for a bounce
 * @param recipients the envelope's recipients that were accepted
 * @param raw the message without dot-stuffing, byte for byte, or its beginning when the sink keeps
 *     no more; not to be changed
 * @param size the bytes of the whole message without dot-stuffing
 * @param transaction how it was handed over
 * @param acknowledged whether a positive reply to the dot was written
 */
@SuppressWarnings(
    "ArrayRecordComponent") // A copy per access would cost more than it protects: the sink is for
// tests.
public record ReceivedMail(
    Instant receivedAt,
    String mailFrom,
    List<String> recipients,
    byte[] raw,
    long size,
    SmtpTransaction transaction,
    boolean acknowledged) {

  public ReceivedMail {
    recipients = List.copyOf(recipients);
  }

  /** The first header of this name, unfolded and otherwise raw. */
  public Optional<String> header(String name) {
    return MailHeaders.find(raw, name);
  }

  public ReceivedMail acknowledged(boolean written) {
    return new ReceivedMail(receivedAt, mailFrom, recipients, raw, size, transaction, written);
  }

  @Override
  public String toString() {
    return "mail of %d bytes to %d recipients".formatted(size, recipients.size());
  }
}
