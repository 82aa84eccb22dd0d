package io.tallypost.stack.smtp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The mechanisms of AUTH (RFC 4954). */
final class SmtpLogin {

  /** Google's answer to an expired token. */
  private static final String TOKEN_REFUSED =
      "{\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://mail.test/\"}";

  private final Map<String, String> users;
  private final List<String> mechanisms;
  private final long connection;
  private final Prompt prompt;

  SmtpLogin(Map<String, String> users, List<String> mechanisms, long connection, Prompt prompt) {
    this.users = users;
    this.mechanisms =
        mechanisms.stream().map(mechanism -> mechanism.toUpperCase(Locale.ROOT)).toList();
    this.connection = connection;
    this.prompt = prompt;
  }

  /** Sends 334 with this text and returns the client's next line. */
  @FunctionalInterface
  interface Prompt {
    String answer(String text) throws IOException;
  }

  /** The client's credentials. */
  record Shown(String user, boolean valid) {}

  boolean knows(String mechanism) {
    return mechanisms.contains(mechanism.toUpperCase(Locale.ROOT));
  }

  /** Nothing when the client does not speak the mechanism's language or gives up with a star. */
  Optional<Shown> attempt(String mechanism, @Nullable String initial) throws IOException {
    return switch (mechanism.toUpperCase(Locale.ROOT)) {
      case "PLAIN" -> plain(initial == null ? prompt.answer("") : initial);
      case "LOGIN" -> login(initial == null ? ask("Username:") : initial);
      case "CRAM-MD5" -> cramMd5();
      case "XOAUTH2" -> xoauth2(initial == null ? prompt.answer("") : initial);
      default -> Optional.empty();
    };
  }

  /** RFC 4616: authorization identity, NUL, user, NUL, password. */
  private Optional<Shown> plain(String encoded) {
    return decode(encoded)
        .map(text -> text.split("\0", -1))
        .filter(parts -> parts.length == 3)
        .map(parts -> shown(parts[1], parts[2]));
  }

  private Optional<Shown> login(String user) throws IOException {
    Optional<String> name = decode(user);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    return decode(ask("Password:")).map(password -> shown(name.get(), password));
  }

  /** RFC 2195: the user and the challenge's HMAC in hex. */
  private Optional<Shown> cramMd5() throws IOException {
    String challenge = "<%d.%d@sink.tallypost.test>".formatted(connection, System.nanoTime());
    return decode(ask(challenge))
        .map(text -> text.split(" ", -1))
        .filter(parts -> parts.length == 2)
        .map(parts -> new Shown(parts[0], hmac(parts[0], challenge).equals(Optional.of(parts[1]))));
  }

  private Optional<String> hmac(String user, String challenge) {
    String password = users.get(user);
    if (password == null) {
      return Optional.empty();
    }
    try {
      Mac mac = Mac.getInstance("HmacMD5");
      mac.init(new SecretKeySpec(password.getBytes(StandardCharsets.UTF_8), "HmacMD5"));
      byte[] digest = mac.doFinal(challenge.getBytes(StandardCharsets.US_ASCII));
      return Optional.of(HexFormat.of().formatHex(digest));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacMD5", impossible);
    }
  }

  /**
   * {@code user=…^Aauth=Bearer …^A^A}. A token that is refused gets its reason in a 334 first, and
   * the client says an empty line to hear the final reply.
   */
  private Optional<Shown> xoauth2(String encoded) throws IOException {
    List<String> fields =
        decode(encoded).map(text -> Arrays.asList(text.split("\1", -1))).orElse(List.of());
    if (fields.size() != 4
        || !fields.get(0).startsWith("user=")
        || !fields.get(1).startsWith("auth=Bearer ")) {
      return Optional.empty();
    }
    Shown shown =
        shown(
            fields.get(0).substring("user=".length()),
            fields.get(1).substring("auth=Bearer ".length()));
    if (!shown.valid() && !ask(TOKEN_REFUSED).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(shown);
  }

  private Shown shown(String user, String password) {
    return new Shown(user, password.equals(users.get(user)));
  }

  private String ask(String text) throws IOException {
    return prompt.answer(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static Optional<String> decode(String encoded) {
    try {
      return Optional.of(new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
