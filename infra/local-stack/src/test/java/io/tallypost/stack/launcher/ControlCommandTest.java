package io.tallypost.stack.launcher;

import static io.tallypost.stack.control.ControlCommand.Action.KILL;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.control.ControlCommand;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ControlCommandTest {

  private static final Path DATA = Path.of(".tallypost").toAbsolutePath().normalize();

  @Test
  void namesAPartItsNumberAndTheData() {
    ControlCommand command = parse("worker", "2", "--data", "/elsewhere");

    assertThat(command.action()).isEqualTo(KILL);
    assertThat(command.part()).isEqualTo("worker");
    assertThat(command.number()).hasValue(2);
    assertThat(command.data()).isEqualTo(Path.of("/elsewhere"));
  }

  @Test
  void leavesTheNumberToTheLauncher() {
    assertThat(parse("kafka").number()).isEmpty();
    assertThat(parse("kafka").data()).isEqualTo(DATA);
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(Words.refused("kill", "clerk")).contains("no part is called clerk");
    assertThat(Words.refused("kill")).contains("name the part");
    assertThat(Words.refused("kill", "worker", "zero"))
        .contains("the number of the worker is a number");
    assertThat(Words.refused("kill", "worker", "--now")).contains("unknown argument --now");
    assertThat(Words.refused("kill", "worker", "1", "2")).contains("unknown argument 2");
  }

  private static ControlCommand parse(String... words) {
    String[] line = Stream.concat(Stream.of("kill"), Stream.of(words)).toArray(String[]::new);
    return Words.command(line, StackCommand.Kill.class).command();
  }
}
