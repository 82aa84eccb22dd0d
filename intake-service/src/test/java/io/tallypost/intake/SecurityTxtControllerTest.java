package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class SecurityTxtControllerTest {
  private static final String EXPIRES = "2027-06-30T00:00:00Z";

  @Test
  void saysAtTheStartThatItHasExpired(CapturedOutput output) {
    startAt(Instant.parse(EXPIRES).minusSeconds(1));
    assertThat(output).doesNotContain("security.txt");

    startAt(Instant.parse(EXPIRES).plusSeconds(1));
    assertThat(output).contains("security.txt has expired", "tallypost.security-txt.expires");
  }

  private static void startAt(Instant now) {
    var settings =
        new SecurityTxtSettings(List.of("mailto:security@acme.example"), EXPIRES, null, List.of());
    var intake =
        new IntakeSettings(
            null,
            null,
            1000,
            List.of(),
            false,
            "http://localhost",
            null,
            Duration.ofSeconds(2),
            Duration.ofSeconds(15),
            6000,
            600,
            2000,
            40,
            Duration.ofSeconds(45),
            Duration.ofDays(400));
    assertThat(new SecurityTxtController(settings, intake, () -> now).securityTxt().getBody())
        .isNotNull();
  }
}
