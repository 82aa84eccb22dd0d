package io.tallypost.ids;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 over a list of parts, each after its length, so that different lists never give the same
 * bytes.
 */
public final class Digest {
  private final byte[] value;

  private Digest(byte[] value) {
    this.value = value;
  }

  public static Digest of(String... parts) {
    var sha = sha256();
    for (String part : parts) {
      byte[] bytes = part.getBytes(UTF_8);
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      sha.update(bytes);
    }
    return new Digest(sha.digest());
  }

  public static Digest of(byte[] bytes) {
    return new Digest(sha256().digest(bytes));
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(value).asReadOnlyBuffer();
  }

  public String hex() {
    return HexFormat.of().formatHex(value);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
