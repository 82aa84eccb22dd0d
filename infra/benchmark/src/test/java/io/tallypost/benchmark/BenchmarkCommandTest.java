package io.tallypost.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.cli.Program;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class BenchmarkCommandTest {

  private final StringWriter said = new StringWriter();
  private final CommandLine bench =
      Program.of(new BenchmarkCommand())
          .setOut(new PrintWriter(said, true))
          .setErr(new PrintWriter(said, true));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          delivery --rate 0       | --rate is a number from 1 to 20000, not 0
          delivery --rate=many    | --rate is a number from 1 to 20000, not many
          delivery --seconds      | --seconds wants a value
          delivery --max --clients 513 | --clients is a number from 1 to 512, not 513
          keys --rows 5           | unknown argument --rows
          search 5                | unknown argument 5
          throughput              | unknown argument throughput
          """)
  void saysWhatIsWrong(String line, String message) {
    assertThat(bench.execute(line.split(" ", -1))).isEqualTo(2);
    assertThat(said.toString()).startsWith("bench: " + message).contains("--help");
  }

  @Test
  void listsTheBenchmarksWhenNoneIsNamed() {
    assertThat(bench.execute()).isZero();
    assertThat(said.toString())
        .contains(
            "delivery",
            "key-memory",
            "keys",
            "overhead",
            "relays",
            "search",
            "smtp",
            "startup",
            "wrong-keys");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "help delivery", "delivery --help"})
  void explainsItself(String line) {
    assertThat(bench.execute(line.split(" ", -1))).isZero();
    assertThat(said.toString()).startsWith("Usage: bench");
  }

  @Test
  void takesWhatIsGivenAndTheDeproblemsOfTheRest() {
    CommandSpec delivery =
        bench.parseArgs("delivery", "--rate", "7", "--max").subcommand().commandSpec();

    assertThat(delivery.findOption("--rate").<Object>getValue()).isEqualTo(7);
    assertThat(delivery.findOption("--seconds").<Object>getValue()).isEqualTo(30);
    assertThat(delivery.findOption("--max").<Object>getValue()).isEqualTo(true);
    assertThat(delivery.findOption("--clients").<Object>getValue()).isEqualTo(Optional.empty());
  }

  @Test
  void tellsTheDefaults() {
    assertThat(bench.execute("overhead", "-h")).isZero();
    assertThat(said.toString()).contains("--warm-up=N", "(90)");
  }
}
