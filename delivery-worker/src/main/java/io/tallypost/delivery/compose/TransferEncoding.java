package io.tallypost.delivery.compose;

/**
 * How a body travels over relays that may know only 7 bits and lines of 998 characters (RFC 5321,
 * section 4.5.3.1.6). Chosen in advance, because otherwise Angus Mail looks at each byte again.
 */
enum TransferEncoding {
  SEVEN_BIT("7bit"),
  QUOTED_PRINTABLE("quoted-printable"),
  BASE64("base64");

  /** Well below 998, for relays that add something. */
  private static final int LONGEST_LINE = 900;

  private final String wireName;

  TransferEncoding(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  /**
   * The encoding that keeps a text readable, unless that makes it longer.
   *
   * @param endsWithIt whether the text is the mail's end, so that the CRLF before the final dot
   *     would become part of a text without a line end
   */
  static TransferEncoding forText(byte[] text, boolean endsWithIt) {
    int encoded = 0;
    int line = 0;
    int longest = 0;
    for (byte b : text) {
      line = b == '\n' ? 0 : line + 1;
      longest = Math.max(longest, line);
      boolean plain = (b >= ' ' && b < 0x7f) || b == '\t' || b == '\r' || b == '\n';
      encoded += plain ? 0 : 1;
    }
    boolean growsLineEnd = endsWithIt && line > 0;
    if (encoded == 0 && longest <= LONGEST_LINE && !growsLineEnd) {
      return SEVEN_BIT;
    }
    // Quoted-printable makes three characters of a byte, base64 four of three.
    return encoded > text.length / 6 ? BASE64 : QUOTED_PRINTABLE;
  }
}
