package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.TenantState;
import io.tallypost.relays.RelayState;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Releases run beside each other during an upgrade, and records outlive several of them: what a
 * release wrote can be read, and what is written now can be read by that release. {@code
 * golden/<release>} has what it wrote, and never changes.
 */
class ReleasedFormatTest {
  /** Those that this build may stand beside, or find records of. */
  private static final List<String> RELEASES = List.of("0.1.0");

  private static final JsonMapper PLAIN = JsonMapper.builder().build();

  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          Map.entry("send-requested", SendRequested.class),
          Map.entry("send-requested-mailboxes", SendRequested.class),
          Map.entry("quota-decided", QuotaDecided.class),
          Map.entry("delivered", DeliveryOutcome.class),
          Map.entry("deferred", DeliveryOutcome.class),
          Map.entry("failed", DeliveryOutcome.class),
          Map.entry("replayed", OperatorAction.class),
          Map.entry("discarded", OperatorAction.class),
          Map.entry("redriven", OperatorAction.class),
          Map.entry("admin", AdminEntry.class),
          Map.entry("api-key", ApiKeyState.class),
          Map.entry("api-key-first", ApiKeyState.class),
          Map.entry("tenant", TenantState.class),
          Map.entry("tenant-first", TenantState.class),
          Map.entry("relay", RelayState.class));

  static Stream<Path> released() throws IOException, URISyntaxException {
    Stream.Builder<Path> files = Stream.builder();
    for (String release : RELEASES) {
      try (Stream<Path> folder = Files.list(golden(release))) {
        folder.forEach(files);
      }
    }
    return files.build();
  }

  @ParameterizedTest
  @MethodSource("released")
  void readsWhatAReleaseWroteAndForgetsNoneOfIt(Path file)
      throws IOException, UnreadableRecordException {
    byte[] written = Files.readAllBytes(file);

    Object read = EventJson.read(written, Objects.requireNonNull(TYPES.get(name(file)), "type"));

    assertExtends(PLAIN.readTree(EventJson.write(read)), PLAIN.readTree(written), true, "");
  }

  @ParameterizedTest
  @MethodSource("released")
  void writesWhatAReleasedReaderLooksFor(Path file) throws IOException, URISyntaxException {
    byte[] today = Files.readAllBytes(golden(name(file) + ".json"));

    assertExtends(PLAIN.readTree(today), PLAIN.readTree(Files.readAllBytes(file)), false, "");
  }

  /** Or a client's retry that meets the next version would be refused as another mail. */
  @Test
  void findsTheFingerprintThatAReleaseFound()
      throws IOException, URISyntaxException, UnreadableRecordException {
    for (String release : RELEASES) {
      byte[] written = Files.readAllBytes(golden(release).resolve("send-requested.json"));
      var request = EventJson.read(written, SendRequested.class);

      assertThat(Fingerprint.of(request.mail(), request.context().lane()))
          .as(release)
          .isEqualTo(request.fingerprint());
    }
  }

  /** Has all fields, of the same JSON type, and its version; or with the same values. */
  private static void assertExtends(
      JsonNode now, JsonNode released, boolean sameValues, String place) {
    assertThat(now.getNodeType()).as(place).isEqualTo(released.getNodeType());
    if (released.isObject()) {
      released
          .properties()
          .forEach(field -> {
            String at = place + "/" + field.getKey();
            assertThat(now.has(field.getKey())).as("has " + at).isTrue();
            boolean same = sameValues || field.getKey().equals("v");
            assertExtends(now.path(field.getKey()), field.getValue(), same, at);
          });
    } else if (released.isArray()) {
      assertThat(now.size()).as(place).isGreaterThanOrEqualTo(released.size());
      for (int i = 0; i < released.size(); i++) {
        assertExtends(now.path(i), released.path(i), sameValues, place + "/" + i);
      }
    } else if (sameValues) {
      assertThat(now).as(place).isEqualTo(released);
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replace(".json", "");
  }

  private static Path golden(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(ReleasedFormatTest.class.getResource("/golden/" + name), name)
            .toURI());
  }
}
