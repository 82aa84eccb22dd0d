package io.tallypost.delivery.compose;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import jakarta.activation.DataHandler;
import jakarta.mail.MessagingException;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/** Composes the RFC 5322 form of a mail. The same mail gets the same headers at each attempt. */
public final class MimeComposer {
  static {
    // Otherwise Angus searches for it with a ServiceLoader for each part: half the cost of a mail.
    System.setProperty(
        "jakarta.mail.util.StreamProvider", "org.eclipse.angus.mail.util.MailStreamProvider");
  }

  private static final Session SESSION = Session.getInstance(inUtf8());
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.US).withZone(ZoneOffset.UTC);
  private static final byte[] SOFT_LINE_BREAK = "=\r\n".getBytes(US_ASCII);

  /**
   * Composes one mail.
   *
   * @param messageId the whole Message-ID, in angle brackets
   * @param acceptedAt its Date
   * @param traceId what {@code X-Tallypost-Trace} says; empty leaves the header out
   * @throws MessagingException if the mail cannot be composed, now or ever
   */
  public byte[] compose(Mail mail, String messageId, Instant acceptedAt, Optional<String> traceId)
      throws MessagingException {
    var message = new FixedIdMessage(messageId);
    message.setHeader("Date", DATE.format(acceptedAt));
    message.setHeader("From", HeaderFields.mailboxes("From", List.of(mail.from())));
    setMailboxes(message, "Reply-To", mail.replyTo());
    if (mail.to().isEmpty() && mail.cc().isEmpty()) {
      message.setHeader("To", "undisclosed-recipients:;");
    }
    setMailboxes(message, "To", mail.to());
    setMailboxes(message, "Cc", mail.cc());
    message.setHeader("Subject", HeaderFields.subject(mail.subject()));
    for (var header : mail.headers().entrySet()) {
      message.setHeader(
          header.getKey(), HeaderFields.unstructured(header.getKey(), header.getValue()));
    }
    if (traceId.isPresent()) {
      message.setHeader("X-Tallypost-Trace", traceId.get());
    }
    setBody(message, mail);
    message.saveChanges();
    return bytes(message);
  }

  /**
   * Headers are written in UTF-8. Nevertheless all is ASCII, except addresses that need SMTPUTF8
   * (RFC 6532, section 3.2) and have no other form.
   */
  private static Properties inUtf8() {
    var properties = new Properties();
    properties.setProperty("mail.mime.allowutf8", "true");
    return properties;
  }

  private static void setMailboxes(MimeMessage message, String name, List<Mailbox> mailboxes)
      throws MessagingException {
    if (!mailboxes.isEmpty()) {
      message.setHeader(name, HeaderFields.mailboxes(name, mailboxes));
    }
  }

  private static void setBody(MimeMessage message, Mail mail) throws MessagingException {
    String text = mail.text();
    String html = mail.html();
    if (text != null && html != null) {
      var alternatives = new MimeMultipart("alternative");
      // RFC 2046, section 5.1.4: the best alternative comes last.
      alternatives.addBodyPart(part(text, "plain"));
      alternatives.addBodyPart(part(html, "html"));
      message.setContent(alternatives);
    } else if (text != null) {
      setContent(message, text, "plain", true);
    } else if (html != null) {
      setContent(message, html, "html", true);
    }
  }

  private static MimeBodyPart part(String content, String subtype) throws MessagingException {
    var part = new MimeBodyPart();
    setContent(part, content, subtype, false);
    return part;
  }

  private static void setContent(Part part, String content, String subtype, boolean endsWithIt)
      throws MessagingException {
    // Lines of a text end in CRLF in any encoding (RFC 2046, section 4.1.1).
    byte[] bytes = withCrLf(content.getBytes(UTF_8));
    String type = "text/" + subtype + "; charset=UTF-8";
    part.setDataHandler(new DataHandler(new ByteArrayDataSource(bytes, type)));
    part.setHeader("Content-Type", type);
    part.setHeader(
        "Content-Transfer-Encoding", TransferEncoding.forText(bytes, endsWithIt).wireName());
  }

  /**
   * Ends each line in CRLF, whether it ended in CRLF, CR or LF. In UTF-8 no other character
   * contains these bytes.
   */
  static byte[] withCrLf(byte[] text) {
    var lines = new ByteArrayOutputStream(text.length + text.length / 16 + 2);
    int start = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\r' || text[i] == '\n') {
        lines.write(text, start, i - start);
        lines.write('\r');
        lines.write('\n');
        i += text[i] == '\r' && i + 1 < text.length && text[i + 1] == '\n' ? 1 : 0;
        start = i + 1;
      }
    }
    lines.write(text, start, text.length - start);
    return lines.toByteArray();
  }

  private static byte[] bytes(MimeMessage message) throws MessagingException {
    var out = new ByteArrayOutputStream(8192);
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new MessagingException("the mail cannot be written", e);
    }
    if (isQuotedPrintable(message)) {
      return withoutLineEnd(out.toByteArray());
    }
    return out.toByteArray();
  }

  private static boolean isQuotedPrintable(MimeMessage message) throws MessagingException {
    String[] encoding = message.getHeader("Content-Transfer-Encoding");
    return encoding != null && TransferEncoding.QUOTED_PRINTABLE.wireName().equals(encoding[0]);
  }

  /**
   * Ends a text without a final line end with a soft line break (RFC 2045, section 6.7), so that
   * the CRLF before the final dot does not become part of the text.
   */
  private static byte[] withoutLineEnd(byte[] message) {
    if (message[message.length - 1] == '\n') {
      return message;
    }
    byte[] ended = Arrays.copyOf(message, message.length + SOFT_LINE_BREAK.length);
    System.arraycopy(SOFT_LINE_BREAK, 0, ended, message.length, SOFT_LINE_BREAK.length);
    return ended;
  }

  /** {@code saveChanges} gives each message a new Message-ID; this one keeps its own. */
  private static final class FixedIdMessage extends MimeMessage {
    private final String id;

    FixedIdMessage(String id) {
      super(SESSION);
      this.id = id;
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", id);
    }
  }
}
