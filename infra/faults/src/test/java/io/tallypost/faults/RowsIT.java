package io.tallypost.faults;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short forms of those rows that nothing else in the test suite shows. */
class RowsIT extends PlayedRows {

  @ParameterizedTest
  @CsvSource({
    "worker-killed, 1", //
    "postgres-cut-at-commit, 3",
    "quota-killed, 1",
    "exporter-blackholed, 1",
    "broker-killed, 1",
    "hand-over, 1",
    "relay-odd-replies, 1",
    "large-mail, 1"
  })
  void holds(String name, int cycles) throws Exception {
    play(name, cycles);
  }
}
