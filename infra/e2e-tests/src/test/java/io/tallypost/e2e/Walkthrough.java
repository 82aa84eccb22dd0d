package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A page that is typed word for word: its blocks of the language sh are one bash session, and what
 * a block of the language text right behind one of them shows is what that one prints. There {@code
 * …} stands for anything.
 */
final class Walkthrough {
  private static final Pattern STEP =
      Pattern.compile("(?ms)^```sh\\n(.*?)^```$(?:\\n+```text\\n(.*?)^```$)?");

  /** Never in a page. */
  private static final String END_OF_STEP = "--- end of step ---";

  private static final Duration LONGEST = Duration.ofMinutes(4);

  /** Commands, and what they print at least; empty where the page does not say. */
  private record Step(String commands, String shown) {
    static Step of(MatchResult match) {
      return new Step(match.group(1), match.group(2) == null ? "" : match.group(2));
    }

    /** The lines that are shown, in their order, each anywhere in a line of the output. */
    Pattern expected() {
      return Pattern.compile(
          shown
              .lines()
              .filter(line -> !line.isBlank())
              .map(line ->
                  Stream.of(line.strip().split("…", -1))
                      .map(Pattern::quote)
                      .collect(Collectors.joining(".*")))
              .collect(Collectors.joining(".*\\n(?:.*\\n)*?.*")));
    }
  }

  private final List<Step> steps;

  Walkthrough(String page) {
    this.steps = STEP.matcher(page).results().map(Step::of).toList();
  }

  /** Types all of it in this folder; each command must succeed. */
  void run(Path folder) throws IOException, InterruptedException {
    assertThat(steps).isNotEmpty();
    String script =
        steps.stream()
            .map(step -> step.commands() + "\necho; echo '" + END_OF_STEP + "'\n")
            .collect(Collectors.joining());
    Path output = Files.createTempFile("walkthrough", ".log");
    var shell =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    // A reader's make is not called by another one, which would have it say where it is.
    shell.environment().keySet().removeAll(List.of("MAKEFLAGS", "MAKELEVEL", "MFLAGS"));
    shell.environment().put("NO_PROXY", "*");
    shell.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = shell.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String printed = Files.readString(output, UTF_8);
    Files.delete(output);
    assertThat(ended && process.exitValue() == 0).as("came to its end, of%n%s", printed).isTrue();
    String[] parts = printed.split(Pattern.quote(END_OF_STEP), -1);
    for (int i = 0; i < steps.size(); i++) {
      assertThat(parts[i])
          .as("what is printed by%n%s", steps.get(i).commands())
          .containsPattern(steps.get(i).expected());
    }
  }
}
