package io.tallypost.delivery.compose;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.mail.HeaderText;
import io.tallypost.mail.Mailbox;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Header fields of a message: folded, and such that a reader gets back the original text (RFC 5322,
 * section 2.2.3; RFC 2047). All are ASCII except addresses that are not (RFC 6532).
 */
final class HeaderFields {
  /** RFC 2047, section 2: a line with an encoded word is at most this long, field name included. */
  private static final int LINE = 76;

  private static final String FOLD = "\r\n ";
  private static final String WORD_BEGINS = "=?UTF-8?B?";
  private static final String WORD_ENDS = "?=";

  /** A longer line could not be folded and comes near the limit of 998. */
  private static final int LONGEST_PLAIN = 300;

  private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");
  private static final Pattern ATOMS =
      Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
  private static final int LONGEST_PHRASE = 60;

  private HeaderFields() {}

  static String subject(String text) {
    int used = used("Subject");
    if (isPlain(text)) {
      String folded = folded(used, text);
      if (folded.lines().allMatch(line -> line.length() <= LONGEST_PLAIN)) {
        return folded;
      }
    }
    return encoded(used, text);
  }

  /** A sender's own header; ASCII stays unchanged, since it may have a syntax of its own. */
  static String unstructured(String name, String text) {
    int used = used(name);
    return PRINTABLE.matcher(text).matches() ? folded(used, text) : encoded(used, text);
  }

  static String mailboxes(String name, List<Mailbox> mailboxes) {
    var field = new StringBuilder();
    int used = used(name);
    for (Mailbox mailbox : mailboxes) {
      if (!field.isEmpty()) {
        field.append(',').append(FOLD);
        used = 1;
      }
      String address = mailbox.address().value();
      String words = mailbox.name();
      if (words == null) {
        field.append(address);
      } else {
        field.append(phrase(used, words)).append(FOLD).append('<').append(address).append('>');
      }
    }
    return field.toString();
  }

  private static String phrase(int used, String name) {
    if (!isPlain(name) || name.length() > LONGEST_PHRASE) {
      return encoded(used, name);
    }
    return ATOMS.matcher(name).matches()
        ? name
        : '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Whether a text needs no encoding, blanks at its ends included. */
  private static boolean isPlain(String text) {
    return PRINTABLE.matcher(text).matches() && !text.contains("=?") && text.equals(text.strip());
  }

  /** How much of the first line the field's name takes. */
  private static int used(String name) {
    return name.length() + 2;
  }

  /** Folded before blanks, which stay: unfolding gives back the original text. */
  private static String folded(int used, String text) {
    if (used + text.length() <= LINE) {
      return text;
    }
    var lines = new StringBuilder(text.length() + text.length() / 16);
    int column = used;
    int start = 0;
    while (start < text.length()) {
      int end = HeaderText.foldingPlace(text, start + 1);
      if (start > 0 && column + end - start > LINE) {
        lines.append("\r\n");
        column = 0;
      }
      lines.append(text, start, end);
      column += end - start;
      start = end;
    }
    return lines.toString();
  }

  /** Encoded words, each of whole characters, one to a line. */
  private static String encoded(int used, String text) {
    var lines = new StringBuilder(2 * text.length() + LINE);
    byte[] bytes = text.getBytes(UTF_8);
    int start = 0;
    int room = bytesThatFit(used);
    while (start < bytes.length) {
      int end = Math.min(start + room, bytes.length);
      while (end > start && end < bytes.length && isInsideACharacter(bytes[end])) {
        end--;
      }
      // Nothing fits beside a long name.
      if (end > start) {
        String word = Base64.getEncoder().encodeToString(Arrays.copyOfRange(bytes, start, end));
        lines.append(WORD_BEGINS).append(word).append(WORD_ENDS);
      }
      if (end < bytes.length) {
        lines.append(FOLD);
      }
      start = end;
      room = bytesThatFit(1);
    }
    return lines.toString();
  }

  /**
   * The capacity of one base64 word; that of a whole line is within the 75 characters that a word
   * may have.
   */
  private static int bytesThatFit(int used) {
    int base64 = LINE - used - WORD_BEGINS.length() - WORD_ENDS.length();
    return Math.max(base64 / 4 * 3, 0);
  }

  private static boolean isInsideACharacter(byte utf8) {
    return (utf8 & 0xc0) == 0x80;
  }
}
