package io.tallypost.e2e;

import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.util.MimeUtil;
import org.jspecify.annotations.Nullable;

/** A mail as its receiver reads it, through a parser that the sender does not use. */
record Received(ReceivedMail mail, Message message) {
  static Received of(ReceivedMail mail) {
    try {
      var parser = new DefaultMessageBuilder();
      parser.setMimeEntityConfig(MimeConfig.PERMISSIVE);
      return new Received(mail, parser.parseMessage(new ByteArrayInputStream(mail.raw())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the sink has of this message, oldest first; more than one are copies. */
  static List<Received> byInternetMessageId(TallypostStack stack, String internetMessageId) {
    return stack.sink().inbox().mails().stream()
        .filter(mail -> internetMessageId(mail).equals(internetMessageId))
        .map(Received::of)
        .toList();
  }

  /** All Message-IDs that the sink has seen, one for each copy. */
  static List<String> internetMessageIds(TallypostStack stack) {
    return stack.sink().inbox().mails().stream().map(Received::internetMessageId).toList();
  }

  /** Found without parsing: tests look through thousands of mails. */
  private static String internetMessageId(ReceivedMail mail) {
    return mail.header("Message-ID").orElse("");
  }

  String subject() {
    String subject = message.getSubject();
    // The parser takes the blank behind the colon of an empty field for its value.
    return subject == null || subject.isBlank() ? "" : subject;
  }

  Optional<String> header(String name) {
    var field = message.getHeader().getField(name);
    return field == null ? Optional.empty() : Optional.of(MimeUtil.unfold(field.getBody()).strip());
  }

  /** The text of the part with this content type, line ends as LF. */
  Optional<String> text(String contentType) {
    return parts(message)
        .filter(part -> part.getMimeType().equals(contentType))
        .findFirst()
        .map(Received::decoded);
  }

  static String display(@Nullable Mailbox mailbox) {
    return mailbox == null ? "" : mailbox.getName() + " <" + mailbox.getAddress() + ">";
  }

  private static Stream<Entity> parts(Entity entity) {
    return entity.getBody() instanceof Multipart multipart
        ? multipart.getBodyParts().stream().flatMap(Received::parts)
        : Stream.of(entity);
  }

  private static String decoded(Entity part) {
    try {
      var body = (TextBody) part.getBody();
      var bytes = new ByteArrayOutputStream();
      body.getInputStream().transferTo(bytes);
      Charset charset =
          body.getMimeCharset() == null
              ? StandardCharsets.US_ASCII
              : Charset.forName(body.getMimeCharset());
      return bytes.toString(charset).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
