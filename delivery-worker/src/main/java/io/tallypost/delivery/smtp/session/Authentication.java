package io.tallypost.delivery.smtp.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.delivery.smtp.wire.ReplyReader;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.mail.SmtpReply;
import java.io.IOException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Logs in (RFC 4954) by PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195)
 * or XOAUTH2 with a token as password. A relay that refuses a password and takes tokens gets the
 * password as a token.
 */
final class Authentication {
  /** RFC 5321, section 4.5.3.1.4, without the line end. */
  private static final int LONGEST_COMMAND = 510;

  /** Without encryption the mechanism that does not show the password comes first. */
  private static final List<String> IN_CLEAR = List.of("CRAM-MD5", "PLAIN", "LOGIN");

  private static final List<String> ENCRYPTED = List.of("PLAIN", "LOGIN", "CRAM-MD5");
  private static final String TOKEN = "XOAUTH2";

  /** All that are known here. */
  static final Set<String> MECHANISMS = Set.of("PLAIN", "LOGIN", "CRAM-MD5", TOKEN);

  private static final Pattern NOT_BASE64 = Pattern.compile("[^A-Za-z0-9+/=]+");

  /** This many characters of a login in a reply are no coincidence. */
  private static final int SHORTEST_PART = 12;

  private final SmtpConnection connection;
  private final String user;
  private final String password;

  Authentication(SmtpConnection connection, String user, String password) {
    this.connection = connection;
    this.user = user;
    this.password = password;
  }

  /**
   * Logs in by a mechanism that the relay offers.
   *
   * @return the relay's last answer; null if it offers no mechanism that we know
   */
  ReplyReader.@Nullable Read logIn(Set<String> offered) throws IOException {
    ReplyReader.Read answer = null;
    for (String mechanism : connection.isEncrypted() ? ENCRYPTED : IN_CLEAR) {
      if (offered.contains(mechanism)) {
        answer = by(mechanism);
        // 504: offered, but not known; anything else is its answer about user and password.
        if (answer.code() != 504) {
          break;
        }
      }
    }
    boolean refused = answer == null || answer.code() == 504 || answer.code() == 535;
    if (refused && offered.contains(TOKEN) && (answer == null || answer.broken() == null)) {
      answer = byToken(answer);
    }
    return answer == null ? null : withoutSecrets(answer);
  }

  /** A relay that ends the connection after it has refused a password has answered. */
  private ReplyReader.Read byToken(ReplyReader.@Nullable Read refusal) throws IOException {
    try {
      return by(TOKEN);
    } catch (IOException e) {
      if (refusal == null) {
        throw e;
      }
      return refusal;
    }
  }

  private ReplyReader.Read by(String mechanism) throws IOException {
    return switch (mechanism) {
      case "PLAIN" -> logInPlain();
      case "LOGIN" -> login();
      case "CRAM-MD5" -> cramMd5();
      case TOKEN -> token();
      default -> throw new IllegalArgumentException("not a mechanism: " + mechanism);
    };
  }

  /** In the command if there is room, else when the relay asks for it (RFC 4954, section 4). */
  private ReplyReader.Read withInitialResponse(String mechanism, String response)
      throws IOException {
    String encoded = base64(response);
    String command = "AUTH " + mechanism + " " + encoded;
    if (command.length() <= LONGEST_COMMAND) {
      return connection.ask(command);
    }
    ReplyReader.Read asked = connection.ask("AUTH " + mechanism);
    return asked.code() == 334 ? connection.ask(encoded) : asked;
  }

  /** Some relays ask for what the command already had. */
  private ReplyReader.Read logInPlain() throws IOException {
    ReplyReader.Read answer = withInitialResponse("PLAIN", plain());
    return answer.code() == 334 ? connection.ask(base64(plain())) : answer;
  }

  private ReplyReader.Read login() throws IOException {
    ReplyReader.Read asked = connection.ask("AUTH LOGIN");
    if (asked.code() == 334) {
      asked = connection.ask(base64(user));
    }
    return asked.code() == 334 ? connection.ask(base64(password)) : asked;
  }

  private ReplyReader.Read cramMd5() throws IOException {
    ReplyReader.Read asked = connection.ask("AUTH CRAM-MD5");
    if (asked.code() != 334) {
      return asked;
    }
    try {
      byte[] challenge = Base64.getDecoder().decode(asked.lines().getFirst().strip());
      return connection.ask(base64(user + " " + HexFormat.of().formatHex(hmac(challenge))));
    } catch (IllegalArgumentException e) {
      // Cancels the exchange; the relay answers 501.
      return connection.ask("*");
    }
  }

  private byte[] hmac(byte[] challenge) {
    try {
      Mac mac = Mac.getInstance("HmacMD5");
      mac.init(new SecretKeySpec(password.getBytes(UTF_8), "HmacMD5"));
      return mac.doFinal(challenge);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("HmacMD5 is part of each JDK", e);
    }
  }

  /** An error comes as a challenge; an empty line asks for its reply. */
  private ReplyReader.Read token() throws IOException {
    ReplyReader.Read answer = withInitialResponse(TOKEN, bearer());
    return answer.code() == 334 ? connection.ask("") : answer;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** A relay may repeat what it was sent, or a part of it, and replies are kept and shown. */
  private ReplyReader.Read withoutSecrets(ReplyReader.Read answer) {
    return repeatsTheLogin(answer)
        ? new ReplyReader.Read(
            new SmtpReply(answer.code(), answer.reply().enhancedCode(), "(it repeats the login)"),
            List.of(),
            answer.broken())
        : answer;
  }

  private boolean repeatsTheLogin(ReplyReader.Read answer) {
    List<String> said = List.of(base64(password), base64(plain()), base64(bearer()));
    for (String line : answer.lines()) {
      if (line.contains(password)) {
        return true;
      }
      if (NOT_BASE64
          .splitAsStream(line)
          .anyMatch(word -> said.stream().anyMatch(one -> isPart(word, one)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPart(String word, String said) {
    return word.contains(said) || (word.length() >= SHORTEST_PART && said.contains(word));
  }

  private String plain() {
    return "\0" + user + "\0" + password;
  }

  private String bearer() {
    return "user=" + user + "\1auth=Bearer " + password + "\1\1";
  }
}
