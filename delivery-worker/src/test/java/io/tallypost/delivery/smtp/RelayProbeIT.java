package io.tallypost.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trying a relay out. */
@Timeout(30)
class RelayProbeIT extends RelayConversations {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void tellsEachStepThatWentWell() {
    assertThat(run(sink(), LONG))
        .extracting(Step::name, Step::ok)
        .containsExactly(
            tuple(StepName.RESOLVE, true),
            tuple(StepName.CONNECT, true),
            tuple(StepName.MAIL, true));
  }

  @Test
  void waitsForARelayNoLongerThanSomebodyWaitsForTheResult() {
    for (Class<? extends SmtpStage> stage :
        List.of(SmtpStage.Banner.class, SmtpStage.MailFrom.class, SmtpStage.FinalDot.class)) {
      List<Step> steps = run(answering(stage, SmtpAnswer.mute()), Duration.ofMillis(500));

      assertThat(steps.getLast().ok()).isFalse();
      assertThat(steps.getLast().detail()).contains("in time");
    }
  }

  private static List<Step> run(SmtpSink sink, Duration patience) {
    return new RelayProbe(settings(sink), JVM_TRUST, HostLookup.ANYWHERE)
        .run(Optional.of(new RelayProbe.TestMail(TO_BOB, MESSAGE)), patience);
  }
}
