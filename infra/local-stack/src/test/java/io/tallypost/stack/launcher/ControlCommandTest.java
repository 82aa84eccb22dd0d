package io.tallypost.stack.launcher;

import static io.tallypost.stack.launcher.ControlCommand.Action.KILL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlCommandTest {

  private static final Path DATA = Path.of("/data");

  @Test
  void namesAPartItsNumberAndTheData() {
    ControlCommand command = parse("worker", "2", "--data", "/elsewhere");

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
    assertThatThrownBy(() -> parse("clerk")).hasMessageContaining("no part is called clerk");
    assertThatThrownBy(ControlCommandTest::parse).hasMessageContaining("name the part");
    assertThatThrownBy(() -> parse("worker", "zero"))
        .hasMessageContaining("the number of the worker is a number");
    assertThatThrownBy(() -> parse("worker", "--now"))
        .hasMessageContaining("unknown argument --now");
  }

  private static ControlCommand parse(String... words) {
    return ControlCommand.parse(KILL, List.of(words), DATA);
  }
}
