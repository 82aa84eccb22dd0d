package io.tallypost.kit.relays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tallypost.kit.relays.KeyRing.CannotOpenException;
import io.tallypost.relays.SealedSecret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
  private static final String OLD = KeyRing.newKey("old");
  private static final String NEW = KeyRing.newKey("new");
  private static final String OWNER = "acme|rl1|password";

  @Test
  void opensWhatItSealed() throws CannotOpenException {
    var ring = KeyRing.of(List.of(NEW));
    assertThat(ring.open(ring.seal("pässword", OWNER), OWNER)).isEqualTo("pässword");
  }

  @Test
  void sealsByTheFirstKeyAndOpensByAll() throws CannotOpenException {
    SealedSecret before = KeyRing.of(List.of(OLD)).seal("secret", OWNER);
    var both = KeyRing.of(List.of(NEW, OLD));

    assertThat(both.open(before, OWNER)).isEqualTo("secret");
    assertThat(both.seal("secret", OWNER).keyId()).isEqualTo("new");
  }

  @Test
  void neverSealsTheSameTwice() {
    var ring = KeyRing.of(List.of(NEW));
    assertThat(ring.seal("secret", OWNER)).isNotEqualTo(ring.seal("secret", OWNER));
  }

  @Test
  void doesNotOpenForAnotherOwner() {
    var ring = KeyRing.of(List.of(NEW));
    SealedSecret sealed = ring.seal("secret", OWNER);
    assertThatExceptionOfType(CannotOpenException.class)
        .isThrownBy(() -> ring.open(sealed, "umbrella|rl1|password"));
  }

  @Test
  void doesNotOpenWhatWasChanged() {
    var ring = KeyRing.of(List.of(NEW));
    SealedSecret sealed = ring.seal("secret", OWNER);
    byte[] bytes = Base64.getDecoder().decode(sealed.sealed());
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 1;
      var other = new SealedSecret("new", Base64.getEncoder().encodeToString(changed));
      assertThatExceptionOfType(CannotOpenException.class)
          .isThrownBy(() -> ring.open(other, OWNER));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AAAA", "not base64!"})
  void doesNotOpenRubbish(String rubbish) {
    var ring = KeyRing.of(List.of(NEW));
    assertThatExceptionOfType(CannotOpenException.class)
        .isThrownBy(() -> ring.open(new SealedSecret("new", rubbish), OWNER));
  }

  @Test
  void doesNotOpenWithoutTheKey() {
    SealedSecret sealed = KeyRing.of(List.of(OLD)).seal("secret", OWNER);
    assertThatExceptionOfType(CannotOpenException.class)
        .isThrownBy(() -> KeyRing.of(List.of(NEW)).open(sealed, OWNER))
        .withMessageContaining("old");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k1", "k1:", "k1:AAAA", "k 1:x", ":AAAA", "k1:not base64!"})
  void refusesWhatIsNoKeyAndDoesNotQuoteIt(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyRing.of(List.of(key)))
        .withMessageNotContaining("AAAA");
  }

  @Test
  void refusesTwoKeysOfOneId() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyRing.of(List.of(OLD, KeyRing.newKey("old"))));
  }

  @Test
  void hasTheKeysOfAFileBeforeTheOthersAndFollowsIt(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), "\n" + OLD + "\n");
    var settings =
        new RelayAccessSettings(List.of(KeyRing.newKey("other")), file, false, List.of("25"));
    KeyRing ring = settings.keyRing();
    SealedSecret before = ring.seal("secret", OWNER);
    assertThat(before.keyId()).isEqualTo("old");
    assertThat(ring.has("other")).isTrue();

    Files.writeString(file, NEW + "\n" + OLD + "\n");

    assertThat(ring.seal("secret", OWNER).keyId()).isEqualTo("new");
    assertThat(ring.open(before, OWNER)).isEqualTo("secret");
  }

  @Test
  void keepsItsKeysWhenTheFileIsOfNoUse(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), NEW);
    KeyRing ring = new RelayAccessSettings(List.of(), file, false, List.of("25")).keyRing();

    Files.writeString(file, "no key at all");
    assertThat(ring.sealingKeyId()).contains("new");
    Files.delete(file);
    assertThat(ring.sealingKeyId()).contains("new");
  }

  @Test
  void saysAtTheStartThatTheFileIsOfNoUse(@TempDir Path folder) {
    var settings = new RelayAccessSettings(List.of(), folder.resolve("none"), false, List.of("25"));
    assertThat(settings.isEveryKeyReadable()).isFalse();
  }
}
