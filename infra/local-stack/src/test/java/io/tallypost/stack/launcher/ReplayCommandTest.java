package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReplayCommandTest {

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
  }

  @Test
  void meansAllLettersWithoutWords() {
    assertThat(parse().body()).isEqualTo(Map.of("filter", Map.of()));
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(Words.refused("replay", "tennant=acme")).contains("tennant=acme is no filter");
    assertThat(Words.refused("replay", "--rate", "0")).contains("--rate is a number");
    assertThat(Words.refused("replay", "--now")).contains("unknown argument --now");
  }

  private static ReplayCommand parse(String... words) {
    String[] line = Stream.concat(Stream.of("replay"), Stream.of(words)).toArray(String[]::new);
    return Words.command(line, ReplayCommand.class);
  }
}
