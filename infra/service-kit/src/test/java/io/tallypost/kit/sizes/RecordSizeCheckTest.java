package io.tallypost.kit.sizes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.unit.DataSize;

/** A mail that is accepted fits into every record that follows from it. */
class RecordSizeCheckTest {

  @ParameterizedTest
  @CsvSource({
    // body, record, request
    "1MB,    4MB,    5242880B",
    "1MB,    1536KB, 2MB",
    "3584KB, 4MB,    4608KB",
  })
  void takesLimitsThatLeaveRoomForHeaders(DataSize body, DataSize record, DataSize request) {
    assertThat(RecordSizeCheck.of(body, record, request)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"4MB, 4MB", "3585KB, 4MB", "1MB, 1MB", "1MB, 16KB"})
  void refusesARecordThatABodyDoesNotFitInto(DataSize body, DataSize record) {
    assertThat(RecordSizeCheck.of(body, record, DataSize.ofMegabytes(100)))
        .hasValueSatisfying(found -> {
          assertThat(found.property()).isEqualTo("tallypost.topics.max-record");
          assertThat(found.bytes()).isEqualTo(record.toBytes());
          assertThat(found.atLeast()).isEqualTo(body.toBytes() + (512 << 10));
        });
  }

  @Test
  void refusesARequestThatARecordDoesNotFitInto() {
    assertThat(
            RecordSizeCheck.of(
                DataSize.ofMegabytes(1), DataSize.ofMegabytes(8), DataSize.ofMegabytes(5)))
        .hasValueSatisfying(found -> {
          assertThat(found.property()).endsWith("max.request.size");
          assertThat(found.bytes()).isEqualTo(5_242_880);
          assertThat(found.atLeast()).isEqualTo(8_912_896);
        });
  }
}
