package io.tallypost.audit.unaccounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.audit.deadletter.LettersInMemory;
import io.tallypost.events.Examples;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class SweepTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Missed messages = new Missed(3);
  private final LettersInMemory letters = new LettersInMemory();
  private final Sweep sweep = new Sweep(messages, letters, registry);

  private double unaccounted() {
    return registry.get("tallypost.unaccounted.messages").gauge().value();
  }

  private double waiting(String category) {
    return registry.get("tallypost.dead.letters.waiting").tag("category", category).gauge().value();
  }

  @Test
  void showsWhatWaitsForAnOperator() {
    letters.add(Examples.sendRequested());
    assertThat(unaccounted()).as("before the first look").isZero();

    sweep.look();

    assertThat(unaccounted()).isEqualTo(3);
    assertThat(waiting("permanent")).isEqualTo(1);
    assertThat(waiting("poison")).isZero();
  }

  @Test
  void keepsTheLastCountsWhilePostgresIsAway() {
    letters.add(Examples.sendRequested());
    sweep.look();
    messages.failure = new DataAccessResourceFailureException("database away");

    assertThatThrownBy(sweep::look).isSameAs(messages.failure);

    assertThat(unaccounted()).isEqualTo(3);
    assertThat(waiting("permanent")).isEqualTo(1);
  }

  /** An alert must not stay when all of them are redriven. */
  @Test
  void forgetsWhatNoLongerWaits() {
    var gone = new Missed(0);
    var registryOfTwo = new SimpleMeterRegistry();
    var other = new Sweep(gone, letters, registryOfTwo);
    letters.add(Examples.sendRequested());
    other.look();

    letters.clear();
    other.look();

    assertThat(
            registryOfTwo
                .get("tallypost.dead.letters.waiting")
                .tag("category", "permanent")
                .gauge()
                .value())
        .isZero();
  }
}
