package io.tallypost.kit.sizes;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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
    assertThatCode(() -> RecordSizeCheck.check(body, record, request)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({"4MB, 4MB", "3585KB, 4MB", "1MB, 1MB", "1MB, 16KB"})
  void stopsTheStartWhereABodyDoesNotFitIntoARecord(DataSize body, DataSize record) {
    assertThatIllegalStateException()
        .isThrownBy(() -> RecordSizeCheck.check(body, record, DataSize.ofMegabytes(100)))
        .withMessageContaining("tallypost.topics.max-record is " + record.toBytes())
        .withMessageContaining("at least " + (body.toBytes() + (512 << 10)));
  }

  @Test
  void stopsTheStartWhereARecordDoesNotFitIntoARequest() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            RecordSizeCheck.check(
                DataSize.ofMegabytes(1), DataSize.ofMegabytes(8), DataSize.ofMegabytes(5)))
        .withMessageContaining("max.request.size is 5242880 bytes and must be at least 8912896");
  }
}
