package io.tallypost.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.mail.Mode;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * An API key as its owner holds it: {@code sk_live_<id>_<secret>} or {@code sk_test_<id>_<secret>}.
 * The secret is 32 random bytes in base 62, followed by a checksum of everything before, so that a
 * typing error differs from a wrong key without a look at any store, and leaked keys can be
 * recognised in texts.
 *
 * @param secret the part that is hashed; never logged
 */
public record ApiKeyToken(Mode mode, ApiKeyId id, String secret) {
  private static final Pattern FORM =
      Pattern.compile("sk_(live|test)_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})");
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());
  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 12;

  /** A new key; the source must be {@link SecureRandom}. */
  public static ApiKeyToken generate(Mode mode, SecureRandom random) {
    var id = new ApiKeyId(base62(random(random, ID_BYTES), 16));
    return new ApiKeyToken(mode, id, base62(random(random, SECRET_BYTES), 43));
  }

  /** A new secret for the same key; the source must be {@link SecureRandom}. */
  public static ApiKeyToken renew(Mode mode, ApiKeyId id, SecureRandom random) {
    return new ApiKeyToken(mode, id, base62(random(random, SECRET_BYTES), 43));
  }

  /**
   * Reads what a client sent; empty for anything that cannot be a key, a wrong checksum included.
   */
  public static Optional<ApiKeyToken> parse(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    var mode = matcher.group(1).equals("live") ? Mode.LIVE : Mode.TEST;
    var token = new ApiKeyToken(mode, new ApiKeyId(matcher.group(2)), matcher.group(3));
    return token.checksum().equals(matcher.group(4)) ? Optional.of(token) : Optional.empty();
  }

  /** The whole key. It is shown to its owner once, and never logged. */
  public String plaintext() {
    return withoutChecksum() + checksum();
  }

  private String withoutChecksum() {
    return "sk_" + mode.wireName() + "_" + id + "_" + secret;
  }

  private String checksum() {
    var crc = new CRC32();
    crc.update(withoutChecksum().getBytes(US_ASCII));
    return base62(BigInteger.valueOf(crc.getValue()), 6);
  }

  private static BigInteger random(SecureRandom random, int bytes) {
    var value = new byte[bytes];
    random.nextBytes(value);
    return new BigInteger(1, value);
  }

  private static String base62(BigInteger value, int length) {
    var text = new StringBuilder();
    for (var rest = value; text.length() < length; rest = rest.divide(BASE)) {
      text.append(DIGITS.charAt(rest.mod(BASE).intValue()));
    }
    return text.reverse().toString();
  }

  @Override
  public String toString() {
    return "sk_" + mode.wireName() + "_" + id + "_***";
  }
}
