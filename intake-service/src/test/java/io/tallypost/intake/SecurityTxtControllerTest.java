package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    var intake = IntakeDefaults.but(Map.of());
    assertThat(new SecurityTxtController(settings, intake, () -> now).securityTxt().getBody())
        .isNotNull();
  }
}
