package io.tallypost.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.IDNA;
import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * The part left of the @: a Dot-string or a Quoted-string (RFC 5321, section 4.1.2), with non-ASCII
 * letters as in RFC 6531, section 3.3. Several spellings are one mailbox ({@code "bob"} is {@code
 * bob}), so one of them is kept: unquoted if possible, else with no more backslashes than needed,
 * and in NFC (RFC 6532, section 3.1). Upper and lower case are the receiver's matter.
 */
final class LocalPart {
  /** RFC 5321, section 4.5.3.1.1: octets as sent, quotes and backslashes included. */
  private static final int LONGEST = 64;

  private static final String ATOM_SPECIALS = "!#$%&'*+-/=?^_`{|}~";

  /** The text around a joiner, as one word. */
  private static final Pattern JOINED =
      Pattern.compile("[^\\x00-\\x7f]*[\\u200c\\u200d][^\\x00-\\x7f]*");

  private LocalPart() {}

  /** Loaded with the first joiner. */
  private static final class Uts46 {
    /** Else it would drop the joiners, unchecked, as IDNA2003 did. */
    static final IDNA JOINERS =
        IDNA.getUTS46Instance(IDNA.NONTRANSITIONAL_TO_UNICODE | IDNA.CHECK_CONTEXTJ);
  }

  static String canonical(String written) {
    boolean ascii = DomainName.isAscii(written);
    String text = ascii ? written : Normalizer.normalize(written, Normalizer.Form.NFC);
    boolean quoted = text.startsWith("\"");
    String name = quoted ? unquoted(text) : text;
    boolean dotString = isDotString(name);
    if (!quoted && !dotString) {
      throw new IllegalArgumentException(
          "has a local part (left of the @) that is not letters, digits and "
              + "!#$%&'*+/=?^_`{|}~- joined by single dots, nor in double quotes");
    }
    if (!ascii) {
      checkLetters(name);
    }
    String canonical = dotString ? name : quoted(name);
    int octets = ascii ? canonical.length() : canonical.getBytes(UTF_8).length;
    if (octets > LONGEST) {
      throw new IllegalArgumentException(
          ascii
              ? "has a local part (left of the @) of more than 64 characters"
              : "has a local part (left of the @) of more than 64 octets in UTF-8");
    }
    return canonical;
  }

  private static boolean isDotString(String name) {
    boolean afterAtom = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.' ? !afterAtom : !isAtom(c)) {
        return false;
      }
      afterAtom = c != '.';
    }
    return afterAtom;
  }

  private static boolean isAtom(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c > 0x7f
        || ATOM_SPECIALS.indexOf(c) >= 0;
  }

  /** The value of a Quoted-string. */
  private static String unquoted(String text) {
    var name = new StringBuilder(text.length());
    int last = text.length() - 1;
    for (int i = 1; i < last; i++) {
      char c = text.charAt(i);
      boolean escaped = c == '\\' && i + 1 < last;
      if (escaped) {
        c = text.charAt(++i);
      }
      boolean control = c < ' ' || c == 0x7f;
      boolean good = escaped ? c <= '~' : c != '"' && c != '\\';
      if (control || !good) {
        throw badQuotes();
      }
      name.append(c);
    }
    // The grammar allows an empty one, but nobody has it: mostly a template without its value.
    if (last < 1 || text.charAt(last) != '"' || name.isEmpty()) {
      throw badQuotes();
    }
    return name.toString();
  }

  private static IllegalArgumentException badQuotes() {
    return new IllegalArgumentException(
        "has a quoted local part (left of the @) that is not text between two double quotes, "
            + "with \\\" and \\\\ for a quote and a backslash in it");
  }

  private static String quoted(String name) {
    var text = new StringBuilder(name.length() + 4).append('"');
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\');
      }
      text.append(c);
    }
    return text.append('"').toString();
  }

  /** As in PRECIS (RFC 8264) for names: nothing invisible or unassigned. */
  private static void checkLetters(String name) {
    // It would merge with the character before the address: < and U+0338 are U+226E.
    boolean beginsWithMark = isMark(name.codePointAt(0));
    if (beginsWithMark || !name.codePoints().allMatch(LocalPart::canBeSeen)) {
      throw invisible();
    }
    var joined = JOINED.matcher(name);
    while (joined.find()) {
      var info = new IDNA.Info();
      Uts46.JOINERS.labelToUnicode(joined.group(), new StringBuilder(), info);
      if (info.hasErrors()) {
        throw invisible();
      }
    }
  }

  private static IllegalArgumentException invisible() {
    return new IllegalArgumentException(
        "has an invisible or unknown character in its local part (left of the @)");
  }

  private static boolean isMark(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          true;
      default -> false;
    };
  }

  private static boolean canBeSeen(int codePoint) {
    if (codePoint < 0x80 || codePoint == 0x200c || codePoint == 0x200d) {
      return true;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> !UCharacter.hasBinaryProperty(codePoint, UProperty.DEFAULT_IGNORABLE_CODE_POINT);
    };
  }
}
