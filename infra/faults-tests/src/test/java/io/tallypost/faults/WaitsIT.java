package io.tallypost.faults;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short forms of those rows that say how long others' mail may wait. */
class WaitsIT extends PlayedRows {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relay-frozen",
        "relay-hangs-since-start",
        "relays-hang-since-start",
        "slow-test-mail",
        "loud-tenant",
        "hostile-hour"
      })
  void holds(String name) throws Exception {
    play(name, 1);
  }
}
