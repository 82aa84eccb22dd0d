package io.tallypost.kit.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a query string can be read: pairs of name and value, percent-encoded UTF-8. The container
 * finds out only when a parameter is asked for, and then throws there.
 */
final class QuerySyntax {
  /** No endpoint has as many; the container's own limit is ten times this. */
  private static final int MOST_PARAMETERS = 100;

  private QuerySyntax() {}

  /** What is wrong with the first unreadable parameter; never its content. */
  static Optional<String> fault(@Nullable String query) {
    if (query == null || query.isEmpty()) {
      return Optional.empty();
    }
    String[] parameters = query.split("&", -1);
    if (parameters.length > MOST_PARAMETERS) {
      return Optional.of(
          "The query string has more than " + MOST_PARAMETERS + " parameters; send fewer.");
    }
    for (int i = 0; i < parameters.length; i++) {
      String fault = faultOf(parameters[i]);
      if (fault != null) {
        return Optional.of("Parameter " + (i + 1) + " of the query string " + fault + ".");
      }
    }
    return Optional.empty();
  }

  private static @Nullable String faultOf(String parameter) {
    int equals = parameter.indexOf('=');
    try {
      String name = decode(equals < 0 ? parameter : parameter.substring(0, equals));
      decode(parameter.substring(equals + 1));
      if (name.isEmpty() && equals >= 0) {
        return "has no name";
      }
      return name.codePoints().anyMatch(c -> Character.isISOControl(c) || !Character.isDefined(c))
          ? "has a name with control characters"
          : null;
    } catch (CharacterCodingException e) {
      return "is not UTF-8; percent-encode it (RFC 3986, section 2.1)";
    } catch (IllegalArgumentException e) {
      return "has a % that is not followed by two hexadecimal digits; write %25 for a percent sign";
    }
  }

  private static String decode(String text) throws CharacterCodingException {
    var bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.write((byte) HexFormat.fromHexDigits(text, i + 1, Math.min(i + 3, text.length())));
        if (i + 2 >= text.length()) {
          throw new IllegalArgumentException("cut off");
        }
        i += 2;
      } else {
        // The container hands a query on byte by byte.
        bytes.write(c);
      }
    }
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
  }
}
