package io.tallypost.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class FaultsCommandTest {

  private final StringWriter said = new StringWriter();
  private final CommandLine faults =
      FaultsCommand.program()
          .setOut(new PrintWriter(said, true))
          .setErr(new PrintWriter(said, true));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --only nothing               | --only: there is no row nothing
          --only worker-killed,nothing | --only: there is no row nothing
          --cycles 0                   | --cycles is a number from 1 to 999, not 0
          --minutes x                  | --minutes is a number from 1 to 999, not x
          --minutes                    | --minutes wants a value
          --quick                      | unknown argument --quick
          """)
  void saysWhatIsWrong(String line, String message) {
    assertThat(faults.execute(line.split(" ", -1))).isEqualTo(2);
    assertThat(said.toString()).startsWith("faults: " + message).contains("faults --help");
  }

  @Test
  void listsEveryRow() {
    assertThat(faults.execute("--help")).isZero();
    assertThat(said.toString()).contains("--only", "--cycles", "--minutes");
    Rows.ALL.forEach(row ->
        assertThat(said.toString())
            .contains("%-28s %s (%d)".formatted(row.name(), row.what(), row.cycles())));
  }
}
