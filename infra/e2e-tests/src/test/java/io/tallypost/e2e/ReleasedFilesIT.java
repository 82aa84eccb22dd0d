package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a release brought stays as it was: a database that has run a migration refuses another one
 * under its number, and the golden files say what is on topics. The lists are those of {@code
 * sha256sum}; a release adds its own.
 */
class ReleasedFilesIT {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  static List<Path> releases() throws IOException {
    try (Stream<Path> lists = Files.list(Path.of("src", "test", "resources", "released"))) {
      return lists.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void changesNothingThatAReleaseHas(Path release) throws IOException {
    List<String> lines = Files.readAllLines(release);

    assertThat(lines).isNotEmpty().allSatisfy(ReleasedFilesIT::assertUnchanged);
  }

  private static void assertUnchanged(String line) throws Exception {
    String[] parts = line.split(" +", 2);
    assertThat(sha256(ROOT.resolve(parts[1]))).as(parts[1]).isEqualTo(parts[0]);
  }

  private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(digest);
  }
}
