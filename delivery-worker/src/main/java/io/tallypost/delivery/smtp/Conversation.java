package io.tallypost.delivery.smtp;

import io.tallypost.events.EmailAddress;
import io.tallypost.events.SmtpReply;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a conversation with a relay came, and how it ended. {@link ReplyClassifier} says what it
 * means.
 *
 * @param stage where it ended; {@link SmtpStage#DOT} with a reply is the regular end
 * @param recipientReplies what the relay said to each RCPT that it answered
 * @param reply what it said at the end; null where the connection failed instead
 * @param failure what happened where there is no reply
 */
record Conversation(
    SmtpStage stage,
    Map<EmailAddress, SmtpReply> recipientReplies,
    @Nullable SmtpReply reply,
    @Nullable Failure failure) {

  /**
   * What happened instead of a reply.
   *
   * @param text for people; without content of the mail
   * @param misconfigured whether only a change of settings can help: an untrusted certificate,
   *     STARTTLS or AUTH not offered
   */
  record Failure(String text, boolean misconfigured) {}

  Conversation {
    recipientReplies = Map.copyOf(recipientReplies);
  }

  static Conversation answered(
      SmtpStage stage, Map<EmailAddress, SmtpReply> recipientReplies, SmtpReply reply) {
    return new Conversation(stage, recipientReplies, reply, null);
  }

  static Conversation failed(
      SmtpStage stage, Map<EmailAddress, SmtpReply> recipientReplies, Failure failure) {
    return new Conversation(stage, recipientReplies, null, failure);
  }

  /** Whether a kept-open connection turned out to be dead before anything was handed over. */
  boolean foundConnectionStale() {
    boolean gone =
        reply == null ? failure != null && !failure.misconfigured() : reply.code() == 421;
    return gone && (stage == SmtpStage.MAIL || stage == SmtpStage.RCPT);
  }

  /** Whether the relay's answer leaves the connection fit for the next mail. */
  boolean leavesConnectionUsable() {
    return reply != null
        && reply.code() != 421
        && stage.compareTo(SmtpStage.MAIL) >= 0
        && recipientReplies.values().stream().noneMatch(r -> r.code() == 421);
  }
}
