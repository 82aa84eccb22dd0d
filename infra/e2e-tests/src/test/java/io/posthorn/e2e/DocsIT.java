package io.posthorn.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the documentation tells to type works as it stands there, in its order. */
class DocsIT {
  /** The pages with curl lines. */
  private static final List<String> PAGES =
      List.of(
          "README.md", //
          "docs/api-keys.md",
          "docs/quotas.md");

  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  @ParameterizedTest
  @FieldSource("PAGES")
  void aPagesLinesWorkFromTopToBottom(String page, @TempDir Path curlHome) throws IOException {
    PosthornStack stack = PosthornStack.running();
    var session =
        new ShellSession(
            Map.of(
                "POSTHORN", stack.apiUrl(),
                "API", stack.apiUrl(),
                "OPERATOR_KEY", stack.adminKey(),
                "KEY", stack.sendingKey()),
            curlHome);

    assertThat(session.workThrough(read(ROOT.resolve(page)))).isPositive();
  }

  @Test
  void noPageWithCurlLinesIsLeftOut() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      assertThat(
              Stream.concat(top, docs)
                  .filter(file -> file.toString().endsWith(".md"))
                  .filter(file -> ShellSession.hasCurlLines(read(file)))
                  .map(file -> ROOT.relativize(file).toString()))
          .containsExactlyInAnyOrderElementsOf(PAGES);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
