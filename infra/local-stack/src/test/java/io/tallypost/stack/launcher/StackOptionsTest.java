package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.services.Role;
import io.tallypost.stack.services.StackOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StackOptionsTest {

  private static final Path DATA = Path.of(".tallypost").toAbsolutePath().normalize();

  @Test
  void startsOneOfEachWithoutArguments() {
    StackOptions options = parse();

    assertThat(options.counts().values()).hasSize(4).containsOnly(1);
    assertThat(options.brokers()).isEqualTo(1);
    assertThat(options.smtp()).isEmpty();
    assertThat(options.port()).isEmpty();
    assertThat(options.data()).isEqualTo(DATA);
    assertThat(options.demo()).isTrue();
  }

  @Test
  void takesEveryArgument() {
    StackOptions options =
        parse(
            "--intakes",
            "2",
            "--quotas",
            "3",
            "--workers",
            "4",
            "--audits",
            "5",
            "--brokers",
            "3",
            "--smtp",
            "localhost:2525",
            "--port",
            "8443",
            "--data",
            "/elsewhere",
            "--no-demo",
            "--packed",
            "--train");

    assertThat(options.count(Role.INTAKE)).isEqualTo(2);
    assertThat(options.count(Role.QUOTA)).isEqualTo(3);
    assertThat(options.count(Role.WORKER)).isEqualTo(4);
    assertThat(options.count(Role.AUDIT)).isEqualTo(5);
    assertThat(options.brokers()).isEqualTo(3);
    assertThat(options.smtp()).hasValue(new StackOptions.Relay("localhost", 2525));
    assertThat(options.port()).hasValue(8443);
    assertThat(options.data()).isEqualTo(Path.of("/elsewhere"));
    assertThat(options.demo()).isFalse();
    assertThat(options.packed()).isTrue();
    assertThat(options.train()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --workers x        | --workers is a number from 1 to 32, not x
          --workers 0        | --workers is a number from 1 to 32, not 0
          --workers          | --workers wants a value
          --brokers 2        | --brokers is 1 or 3, not 2
          --port 70000       | --port is a number from 1 to 65535, not 70000
          --smtp 127.0.0.1   | --smtp wants HOST:PORT, not 127.0.0.1
          --smtp 192.0.2.1:25 | the server must be on this machine (127.0.0.1), not 192.0.2.1
          --smtp localhost:0 | the port of --smtp is a number from 1 to 65535, not 0
          --verbose          | unknown argument --verbose
          """)
  void saysWhatIsWrong(String line, String message) {
    assertThat(Words.refused(line.split(" ", -1))).startsWith("stack: ").contains(message);
  }

  @Test
  void takesNoOptionForAWholeStackBeforeACommand() {
    assertThat(Words.refused("--data", "/elsewhere", "stop", "worker"))
        .contains("--data stands before stop");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "start", "seed", "replay", "rebuild-audit", "shell", "train"})
  void explainsItself(String command) {
    assertThat(Words.printed((command + " --help").strip().split(" ", -1)))
        .startsWith("Usage: stack")
        .contains("--help");
  }

  private static StackOptions parse(String... words) {
    return Words.command(words, StackCommand.class).options();
  }
}
