package io.tallypost.delivery.smtp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.Mailbox;
import jakarta.mail.internet.MimeUtility;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Header fields as they stand in a message: in ASCII, folded, and such that a reader gets back what
 * was put in (RFC 5322, section 2.2.3; RFC 2047).
 */
final class HeaderFields {
  /** 45 bytes are 60 characters in base64, 72 with what stands around them: 75 is the limit. */
  private static final int BYTES_PER_WORD = 45;

  /** A longer stretch without a blank cannot be folded and comes near the limit of a line. */
  private static final Pattern ENDLESS = Pattern.compile("[^ ]{300}");

  private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");
  private static final Pattern ATOMS =
      Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
  private static final int LONGEST_PHRASE = 60;

  private HeaderFields() {}

  static String subject(String text) {
    boolean plain = isPlain(text) && !ENDLESS.matcher(text).find();
    return plain ? fold("Subject", text) : encoded(text);
  }

  /** A sender's own header; ASCII is left as it is, since it may have a syntax of its own. */
  static String unstructured(String name, String text) {
    return PRINTABLE.matcher(text).matches() ? fold(name, text) : encoded(text);
  }

  static String mailboxes(List<Mailbox> mailboxes) {
    return mailboxes.stream().map(HeaderFields::mailbox).collect(Collectors.joining(",\r\n "));
  }

  private static String mailbox(Mailbox mailbox) {
    String address = mailbox.address().value();
    String name = mailbox.name();
    return name == null ? address : phrase(name) + "\r\n <" + address + ">";
  }

  private static String phrase(String name) {
    if (!isPlain(name) || name.length() > LONGEST_PHRASE) {
      return encoded(name);
    }
    return ATOMS.matcher(name).matches()
        ? name
        : '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Whether a text means itself, blanks at its ends included. */
  private static boolean isPlain(String text) {
    return PRINTABLE.matcher(text).matches() && !text.contains("=?") && text.equals(text.strip());
  }

  private static String fold(String name, String text) {
    return MimeUtility.fold(name.length() + 2, text);
  }

  /** Encoded words, each of whole characters, one to a line. */
  private static String encoded(String text) {
    List<String> words = new ArrayList<>();
    var word = new StringBuilder();
    int bytes = 0;
    for (int codePoint : text.codePoints().toArray()) {
      String character = Character.toString(codePoint);
      int length = character.getBytes(UTF_8).length;
      if (bytes + length > BYTES_PER_WORD) {
        words.add(word.toString());
        word.setLength(0);
        bytes = 0;
      }
      word.append(character);
      bytes += length;
    }
    words.add(word.toString());
    return words.stream()
        .map(part -> Base64.getEncoder().encodeToString(part.getBytes(UTF_8)))
        .map(base64 -> "=?UTF-8?B?" + base64 + "?=")
        .collect(Collectors.joining("\r\n "));
  }
}
