package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryHintTest {

  @ParameterizedTest
  @CsvSource({
    "'Greylisted, please try again in 300 seconds', PT5M",
    "'try again after 5 minutes', PT5M",
    "'Recipient address rejected: Greylisted for 60 seconds', PT1M",
    "'Throttled; wait at least 2 hours', PT2H",
    "'come back in 45s', PT45S",
    "'in 10 min, not in 20 sec', PT10M"
  })
  void hearsHowLongTheRelayWantsToBeLeftAlone(String text, Duration expected) {
    assertThat(hint(text, Status.DEFERRED)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"try later", "", "in 123456789 seconds", "4.7.1 in queue 300"})
  void hearsNothingWhereNothingIsSaid(String text) {
    assertThat(hint(text, Status.DEFERRED)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = "try again in 300 seconds")
  void heedsOnlyWhatConcernsThoseWhoAreTriedAgain(String text) {
    assertThat(hint(text, Status.FAILED)).isEmpty();
  }

  private static Optional<Duration> hint(String text, Status status) {
    return RetryHint.of(
        List.of(new RecipientResult(BOB, status, new SmtpReply(450, "4.7.1", text), null)));
  }
}
