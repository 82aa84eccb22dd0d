package io.tallypost.kit.relays;

import io.tallypost.kit.constraints.ReadableAs;
import io.tallypost.kit.settings.Concerns;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotEmpty;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What intake and the workers must agree on about relays.
 *
 * @param encryptionKeys the keys that encrypt relays' passwords, each {@code <id>:<32 bytes in
 *     Base64>} ({@code make encryption-key} prints one); the first encrypts, the others still
 *     decrypt. None → relays with a password are refused
 * @param encryptionKeysFile a file of such keys, one per line, that come before {@code
 *     encryptionKeys}; read again when it changes, so that you replace a key without a restart
 * @param allowInternalHosts whether relays made over REST may have loopback, link-local, metadata
 *     or reserved addresses; for tests and relays on the same machine
 * @param ports the ports that relays made over REST may use, numbers or ranges ({@code 2500-2599};
 *     {@code 1-65535} is all); only mail's, so that relays cannot reach other servers in your
 *     network
 */
@Validated
@ConfigurationProperties("tallypost.relays")
public record RelayAccessSettings(
    @DefaultValue List<String> encryptionKeys,
    @Nullable Path encryptionKeysFile,
    @DefaultValue("false") boolean allowInternalHosts,
    @DefaultValue({"25", "465", "587", "2525"})
        @NotEmpty(message = "must name a port; 1-65535 is all")
        List<
                @ReadableAs(
                    value = PortRange.class,
                    message = "must be ports such as 587, or ranges such as 2500-2599")
                String>
            ports) {

  public RelayAccessSettings {
    encryptionKeys = encryptionKeys.stream().filter(key -> !key.isBlank()).toList();
  }

  /** Whether a relay made over REST may have this port. */
  public boolean allowsPort(int port) {
    return ports.stream().map(PortRange::new).anyMatch(range -> range.contains(port));
  }

  /** Each key can be read. */
  @Concerns({"encryptionKeys", "encryptionKeysFile"})
  @AssertTrue(
      message =
          "must be keys of the form <id>:<32 bytes in Base64>, separated by commas, in the file by line ends, each id once; `make encryption-key` makes one")
  public boolean isEveryKeyReadable() {
    try {
      keyRing();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The keys, ready for use. */
  public KeyRing keyRing() {
    return encryptionKeysFile == null
        ? KeyRing.of(encryptionKeys)
        : new KeyRing(new KeyFile(encryptionKeysFile, encryptionKeys));
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return encryptionKeys.size() + " encryption keys";
  }
}
