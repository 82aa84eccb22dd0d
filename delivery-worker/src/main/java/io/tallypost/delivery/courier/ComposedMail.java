package io.tallypost.delivery.courier;

import io.tallypost.delivery.compose.MimeComposer;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.mail.Mail;
import jakarta.mail.MessagingException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A queued mail in the form that relays get, composed when the first relay is ready for it. For one
 * thread.
 */
final class ComposedMail implements OutgoingMail {
  private final QueuedMail mail;
  private final MimeComposer composer;
  private final Optional<String> traceId;
  private final BooleanSupplier mayGo;
  private byte @Nullable [] message;

  /**
   * Not composed yet.
   *
   * @param mayGo whether operators let it go at this moment
   */
  ComposedMail(
      QueuedMail mail, MimeComposer composer, Optional<String> traceId, BooleanSupplier mayGo) {
    this.mail = mail;
    this.composer = composer;
    this.traceId = traceId;
    this.mayGo = mayGo;
  }

  @Override
  public Envelope envelope() {
    return new Envelope(mail.request().mail().from().address(), mail.recipients());
  }

  @Override
  public byte[] message() throws MessagingException {
    byte[] composed = message;
    if (composed == null) {
      Mail content = mail.request().mail();
      composed =
          composer.compose(
              content,
              mail.request().messageId().internetMessageId(content.from().address()),
              mail.request().context().acceptedAt(),
              traceId);
      message = composed;
    }
    return composed;
  }

  @Override
  public boolean headerNeedsSmtpUtf8() {
    return mail.request().mail().headersNeedSmtpUtf8();
  }

  @Override
  public boolean mayGo() {
    return mayGo.getAsBoolean();
  }
}
