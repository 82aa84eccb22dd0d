package io.tallypost.intake.relays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tallypost.kit.loop.Away;
import io.tallypost.relays.RelayState;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataRetrievalFailureException;

class JsonTest {

  /** After a rollback: loops wait for the next version, and do not end the process. */
  @Test
  void whatALaterBuildWroteIsAFailureOfTheData() {
    var ofALaterBuild = new Json("{\"v\": 99, \"version\": 1}");

    var failure =
        catchThrowableOfType(
            DataRetrievalFailureException.class, () -> ofALaterBuild.as(RelayState.class));

    assertThat(failure).isNotNull();
    assertThat(Away.DATABASE.test(failure)).isTrue();
  }
}
