package io.tallypost.mail;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.IDNA;
import java.util.EnumSet;
import java.util.Locale;

/**
 * A domain in the one form that is kept, compared and sent: lower case, with A-labels (RFC 5890) if
 * it is international. The mapping is UTS 46, non-transitional, as in browsers and registries: ß,
 * final sigma and the joiners are kept.
 */
public final class DomainName {
  /** RFC 1035, section 2.3.4, as text. */
  public static final int LONGEST = 253;

  private static final int LONGEST_LABEL = 63;
  private static final String A_LABEL = "xn--";

  private DomainName() {}

  /** Loaded with the first international domain: its tables take time and memory. */
  private static final class Uts46 {
    static final IDNA RULES =
        IDNA.getUTS46Instance(
            IDNA.NONTRANSITIONAL_TO_ASCII
                | IDNA.CHECK_BIDI
                | IDNA.CHECK_CONTEXTJ
                | IDNA.USE_STD3_RULES);
  }

  /**
   * Brings a domain into its canonical form. A-labels are checked by what they decode to.
   *
   * @throws IllegalArgumentException if it is no domain; the message does not repeat it
   */
  public static String canonical(String text) {
    // First, because UTS 46 takes time quadratic in the length.
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("is longer than " + LONGEST + " characters");
    }
    // Lower case of ASCII only: other alphabets have letters whose lower case is in ASCII.
    boolean ascii = isAscii(text);
    String name = ascii ? text.toLowerCase(Locale.ROOT) : text;
    if (!ascii || name.startsWith(A_LABEL) || name.contains("." + A_LABEL)) {
      name = inALabels(name);
    }
    if (!isHostName(name)) {
      throw notADomain();
    }
    return name;
  }

  private static String inALabels(String text) {
    // UTS 46 drops them silently; the sender meant something else than what would be read.
    if (text.codePoints().anyMatch(DomainName::isIgnorable)) {
      throw notADomain();
    }
    var info = new IDNA.Info();
    String name = Uts46.RULES.nameToASCII(text, new StringBuilder(), info).toString();
    var errors = EnumSet.noneOf(IDNA.Error.class);
    errors.addAll(info.getErrors());
    // Hosts of ASCII have them (r3---sn-abc.example), and may stand beside an international label.
    errors.remove(IDNA.Error.HYPHEN_3_4);
    // An A-label other than that of its decoded form would be a second name for it.
    boolean changed = isAscii(text) && !name.equals(text);
    if (!errors.isEmpty() || changed) {
      throw notADomain();
    }
    return name;
  }

  private static boolean isIgnorable(int codePoint) {
    // The joiners belong to words of some scripts; CHECK_CONTEXTJ sees where.
    return codePoint != 0x200c
        && codePoint != 0x200d
        && UCharacter.hasBinaryProperty(codePoint, UProperty.DEFAULT_IGNORABLE_CODE_POINT);
  }

  /** RFC 1123, section 2.1, in lower case. */
  private static boolean isHostName(String name) {
    if (name.length() > LONGEST) {
      return false;
    }
    int label = 0;
    for (int i = 0; i <= name.length(); i++) {
      char c = i == name.length() ? '.' : name.charAt(i);
      if (c == '.') {
        int length = i - label;
        boolean good =
            length >= 1
                && length <= LONGEST_LABEL
                && name.charAt(label) != '-'
                && name.charAt(i - 1) != '-';
        if (!good) {
          return false;
        }
        label = i + 1;
      } else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
        return false;
      }
    }
    return true;
  }

  static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static IllegalArgumentException notADomain() {
    return new IllegalArgumentException("is not a domain");
  }
}
