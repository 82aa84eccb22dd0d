package io.tallypost.delivery.smtp.session;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a conversation with a relay got, and how it ended. {@code ReplyClassifier} interprets it.
 *
 * @param stage where it ended; {@link SmtpStage#DOT} with a reply is the regular end
 * @param recipientReplies what the relay said to each RCPT that it answered
 * @param reply the last reply; null if the connection failed instead
 * @param failure what happened if there is no reply
 * @param reusable whether a new mail can start on the connection
 */
public record Conversation(
    SmtpStage stage,
    Map<EmailAddress, SmtpReply> recipientReplies,
    @Nullable SmtpReply reply,
    @Nullable Failure failure,
    boolean reusable) {

  /**
   * What happened instead of a reply.
   *
   * @param text for people; without content of the mail
   * @param misconfigured whether only a change of settings can help: an untrusted certificate,
   *     STARTTLS or AUTH not offered
   */
  public record Failure(String text, boolean misconfigured) {}

  public Conversation {
    recipientReplies = Map.copyOf(recipientReplies);
    if ((reply == null) == (failure == null)) {
      throw new IllegalArgumentException("a conversation ends with a reply or a failure");
    }
  }

  public static Conversation answered(
      SmtpStage stage,
      Map<EmailAddress, SmtpReply> recipientReplies,
      SmtpReply reply,
      boolean reusable) {
    return new Conversation(stage, recipientReplies, reply, null, reusable);
  }

  public static Conversation failed(
      SmtpStage stage, Map<EmailAddress, SmtpReply> recipientReplies, Failure failure) {
    return new Conversation(stage, recipientReplies, null, failure, false);
  }

  /** The same, that failed for another reason than its connection shows. */
  public Conversation because(String text) {
    return failed(stage, recipientReplies, new Failure(text, false));
  }

  /** The same, for a connection that turned out to be at its end. */
  public Conversation notReusable() {
    return new Conversation(stage, recipientReplies, reply, failure, false);
  }

  /**
   * Whether a kept-open connection proved dead before the relay heard of the mail: it ended without
   * a reply, or with one that says so (421; some relays use 451), and accepted no recipient. Or the
   * relay has forgotten the greeting (503) or the login, and says so to MAIL.
   */
  public boolean foundConnectionStale() {
    if (stage != SmtpStage.MAIL && stage != SmtpStage.RCPT) {
      return false;
    }
    boolean gone =
        reply == null
            ? failure != null && !failure.misconfigured()
            : reply.code() == 421
                || (!reusable && reply.code() / 100 == 4)
                || (stage == SmtpStage.MAIL && isForgetful(reply));
    return gone && accepted() == 0;
  }

  private static boolean isForgetful(SmtpReply reply) {
    return switch (reply.code()) {
      case 503, 530, 534, 535, 538 -> true;
      default -> false;
    };
  }

  /** Whether the relay has taken the message, for the accepted recipients. */
  public boolean isTaken() {
    return stage == SmtpStage.DOT && reply != null && reply.code() / 100 == 2;
  }

  /** How many recipients the relay accepted. */
  public int accepted() {
    return (int) recipientReplies.values().stream().filter(Conversation::isPositive).count();
  }

  /** Those of these recipients that the relay accepted. */
  public List<EmailAddress> acceptedOf(List<EmailAddress> recipients) {
    return recipients.stream().filter(one -> isPositive(recipientReplies.get(one))).toList();
  }

  private static boolean isPositive(@Nullable SmtpReply reply) {
    return reply != null && reply.code() / 100 == 2;
  }
}
