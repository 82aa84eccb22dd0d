package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The end of mail of test keys. It reaches nobody; the addresses of {@value #DOMAIN} behave as
 * their names say, with any {@code +label}, and every other address counts as delivered.
 */
public final class SimulatedRelay implements Relay {
  public static final String DOMAIN = "simulator.tallypost.test";

  private static final int DEFERRALS = 2;

  private final Duration slowness;

  /**
   * A relay that answers at once, except for {@code slow@}.
   *
   * @param slowness how long that takes
   */
  public SimulatedRelay(Duration slowness) {
    this.slowness = slowness;
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard)
      throws InterruptedException {
    List<EmailAddress> recipients = mail.envelope().recipients();
    if (recipients.stream().anyMatch(one -> behaviour(one).equals("slow"))) {
      guard.pause(slowness);
    }
    // Composed as for a real relay: a mail that cannot be composed fails here too.
    Optional<byte[]> message = Attempt.compose(mail);
    if (message.isEmpty()) {
      return new RelayAnswer.Made(AttemptResult.notComposable(recipients));
    }
    if (!mail.mayGo() || !guard.passDot()) {
      return new RelayAnswer.BrokenOff();
    }
    return new RelayAnswer.Made(
        new AttemptResult(
            AttemptResult.Fault.NONE,
            recipients.stream().map(one -> result(one, terms.attempt())).toList()));
  }

  private static RecipientResult result(EmailAddress recipient, int attempt) {
    return switch (behaviour(recipient)) {
      case "bounced" ->
          of(recipient, Status.FAILED, new SmtpReply(550, "5.1.1", "Simulated: no such mailbox"));
      case "deferred" ->
          attempt <= DEFERRALS
              ? of(recipient, Status.DEFERRED, new SmtpReply(451, "4.7.1", "Simulated: try later"))
              : delivered(recipient);
      default -> delivered(recipient);
    };
  }

  private static RecipientResult delivered(EmailAddress recipient) {
    return of(recipient, Status.DELIVERED, new SmtpReply(250, "2.1.5", "Simulated: delivered"));
  }

  private static RecipientResult of(EmailAddress recipient, Status status, SmtpReply reply) {
    return new RecipientResult(recipient, status, reply, null);
  }

  /** The local part without its label; empty for addresses of other domains. */
  private static String behaviour(EmailAddress recipient) {
    if (!recipient.domain().equals(DOMAIN)) {
      return "";
    }
    String localPart = recipient.value().substring(0, recipient.value().lastIndexOf('@'));
    int label = localPart.indexOf('+');
    return label < 0 ? localPart : localPart.substring(0, label);
  }
}
