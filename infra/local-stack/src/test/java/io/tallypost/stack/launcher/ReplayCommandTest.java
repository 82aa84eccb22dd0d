package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReplayCommandTest {

  private static final Path DATA = Path.of("/data");

  @Test
  void asksForWhatTheWordsSay() {
    ReplayCommand command =
        parse("tenant=acme", "smtp_code=451", "--rate", "100", "--relay", "second", "--dry-run");

    assertThat(command.body())
        .isEqualTo(
            Map.of(
                "filter",
                Map.of("tenant", "acme", "smtp_code", "451"),
                "rate_per_second",
                100,
                "relay_id",
                "second",
                "dry_run",
                true));
    assertThat(command.data()).isEqualTo(DATA);
  }

  @Test
  void meansAllLettersWithoutWords() {
    assertThat(parse().body()).isEqualTo(Map.of("filter", Map.of()));
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> parse("tennant=acme"))
        .hasMessageContaining("tennant=acme is no filter");
    assertThatThrownBy(() -> parse("--rate", "0")).hasMessageContaining("--rate is a number");
    assertThatThrownBy(() -> parse("--now")).hasMessageContaining("unknown argument --now");
  }

  private static ReplayCommand parse(String... words) {
    return ReplayCommand.parse(List.of(words), DATA);
  }
}
