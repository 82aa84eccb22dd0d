package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
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
          "docs/api.md",
          "docs/api-keys.md",
          "docs/delivery.md",
          "docs/operations.md",
          "docs/quotas.md",
          "docs/relays.md",
          "docs/troubleshooting.md");

  /** By {@link GettingStartedIT}, as one script. */
  private static final String WORD_FOR_WORD = "docs/getting-started.md";

  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  @ParameterizedTest
  @FieldSource("PAGES")
  void aPagesLinesWorkFromTopToBottom(String page, @TempDir Path curlHome) throws IOException {
    TallypostStack stack = TallypostStack.running();
    var session =
        new ShellSession(
            Map.of(
                "TALLYPOST", stack.apiUrl(),
                "API", stack.apiUrl(),
                "OPERATOR_KEY", stack.adminKey(),
                "MANAGEMENT", stack.services("worker").getFirst().path("management").asString(),
                "KEY", stack.sendingKey(),
                "LETTER", deadLetter(stack)),
            curlHome);

    assertThat(session.workThrough(read(ROOT.resolve(page)))).isPositive();
  }

  /** A letter that waits: of a mail that its relay refused. */
  private static String deadLetter(TallypostStack stack) {
    stack
        .sink()
        .follow(stage ->
            stage instanceof SmtpStage.Recipient
                ? SmtpAnswer.reply(550, "no such mailbox")
                : SmtpAnswer.accept());
    Client client = Client.withLimit(stack, "docs", 10);
    String address = "nobody@docs" + System.nanoTime() + ".example";
    String id =
        client
            .send(Map.of("to", address, "subject", "refused", "text", "hi"))
            .body()
            .path("id")
            .asString();
    client.awaitStatus(id, "failed");
    stack.sink().follow(SmtpScript.ACCEPT);
    String domain = address.substring(address.indexOf('@') + 1);
    return await()
        .until(
            () ->
                Client.operator(stack)
                    .get("/api/v1/admin/dead-letters?recipient_domain=" + domain)
                    .body()
                    .path("items")
                    .path(0)
                    .path("id")
                    .asString(""),
            letter -> !letter.isEmpty());
  }

  /** What no test can run is in blocks of the language console, with the reason beside it. */
  @Test
  void noPageWithShellLinesIsLeftOut() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      assertThat(
              Stream.concat(top, docs)
                  .filter(file -> file.toString().endsWith(".md"))
                  .filter(file -> ShellSession.hasShellLines(read(file)))
                  .map(file -> ROOT.relativize(file).toString()))
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(PAGES.stream(), Stream.of(WORD_FOR_WORD)).toList());
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
