package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {

  @ParameterizedTest
  @ValueSource(strings = {"PT0.3S", "PT1.5S", "PT30S", "PT90S", "PT2M", "PT90M", "PT4H", "PT720H"})
  void namesTheTopicOfADelayAndReadsItBack(Duration delay) {
    assertThat(Topics.delay(Topics.retry(delay))).contains(delay);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mail.approved.v1",
        "mail.retry.v1",
        "mail.retry.30x.v1",
        "mail.retry.soon.v1",
        "mail.retry.-30s.v1",
        "mail.retry.1234567890123456789012s.v1"
      })
  void noOtherTopicHasADelay(String topic) {
    assertThat(Topics.delay(topic)).isEmpty();
  }
}
