package io.tallypost.kit.relays;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.relays.SealedSecret;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that encrypt relays' passwords: AES-256 in GCM (NIST SP 800-38D), with a random nonce of
 * 96 bits for each secret. The first key encrypts, all of them decrypt: to replace a key, put the
 * new one first, and remove the old one when no secret needs it.
 *
 * <p>A secret is bound to its owner: copied to another, it cannot be decrypted.
 */
public final class KeyRing {
  private static final Pattern KEY_ID = Pattern.compile("[0-9A-Za-z_-]{1,32}");
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** No such key, or the secret belongs to something else, or it was changed. */
  public static final class CannotOpenException extends Exception {
    private static final long serialVersionUID = 1L;

    CannotOpenException(String message) {
      super(message);
    }
  }

  /** The current keys by id, the encrypting one first. */
  private final Supplier<Map<String, SecretKeySpec>> keys;

  private final SecureRandom random = new SecureRandom();

  KeyRing(Supplier<Map<String, SecretKeySpec>> keys) {
    this.keys = keys;
  }

  /**
   * Reads keys.
   *
   * @param keys each {@code <id>:<32 bytes in Base64>}; the first one seals
   * @throws IllegalArgumentException if one has another form or an id is there twice; the message
   *     does not quote it
   */
  public static KeyRing of(List<String> keys) {
    Map<String, SecretKeySpec> read = read(keys);
    return new KeyRing(() -> read);
  }

  static Map<String, SecretKeySpec> read(List<String> keys) {
    Map<String, SecretKeySpec> read = new LinkedHashMap<>();
    for (String key : keys) {
      int colon = key.indexOf(':');
      String id = key.substring(0, Math.max(colon, 0));
      if (!KEY_ID.matcher(id).matches()) {
        throw new IllegalArgumentException(
            "a key is <id>:<key>, its id 1 to 32 letters, digits, hyphens and underscores");
      }
      if (read.putIfAbsent(id, new SecretKeySpec(bytes(key.substring(colon + 1)), "AES")) != null) {
        throw new IllegalArgumentException("two keys have the id " + id);
      }
    }
    return read;
  }

  private static byte[] bytes(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a key is 32 bytes in Base64");
    }
    if (bytes.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key is 32 bytes in Base64");
    }
    return bytes;
  }

  /** Generates a key, in the form that {@link #of} reads. */
  public static String newKey(String id) {
    var bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    return id + ":" + Base64.getEncoder().encodeToString(bytes);
  }

  /** The key that encrypts; empty if there is none. */
  public Optional<String> sealingKeyId() {
    return keys.get().keySet().stream().findFirst();
  }

  /** Whether secrets encrypted with this key can be decrypted. */
  public boolean has(String keyId) {
    return keys.get().containsKey(keyId);
  }

  /**
   * Encrypts a secret.
   *
   * @param owner its owner; decryption needs the same
   * @throws IllegalStateException if there is no key
   */
  public SealedSecret seal(String secret, String owner) {
    Map.Entry<String, SecretKeySpec> key =
        keys.get().entrySet().stream()
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("there is no key to seal by"));
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] ciphertext =
          cipher(Cipher.ENCRYPT_MODE, key.getValue(), nonce, owner).doFinal(secret.getBytes(UTF_8));
      byte[] sealed =
          ByteBuffer.allocate(nonce.length + ciphertext.length).put(nonce).put(ciphertext).array();
      return new SealedSecret(key.getKey(), Base64.getEncoder().encodeToString(sealed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES in GCM", e);
    }
  }

  /**
   * Decrypts a secret.
   *
   * @throws CannotOpenException if its key is not here, or it was encrypted for another owner
   */
  public String open(SealedSecret secret, String owner) throws CannotOpenException {
    SecretKeySpec key = keys.get().get(secret.keyId());
    if (key == null) {
      throw new CannotOpenException("there is no key with the id " + secret.keyId());
    }
    try {
      byte[] sealed = Base64.getDecoder().decode(secret.sealed());
      if (sealed.length < NONCE_BYTES) {
        throw new CannotOpenException("the sealed secret is too short");
      }
      var nonce = new byte[NONCE_BYTES];
      var buffer = ByteBuffer.wrap(sealed).get(nonce);
      var ciphertext = new byte[buffer.remaining()];
      buffer.get(ciphertext);
      return new String(cipher(Cipher.DECRYPT_MODE, key, nonce, owner).doFinal(ciphertext), UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new CannotOpenException("the sealed secret was changed, or belongs to something else");
    }
  }

  private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, String owner)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(owner.getBytes(UTF_8));
    return cipher;
  }
}
