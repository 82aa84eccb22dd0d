package io.tallypost.audit.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorWordsTest {

  @ParameterizedTest
  @CsvSource({
    "replay.created,   12 letters",
    "message.redriven, deferred",
    "message.searched, status=failed tenant=acme",
    "dead_letter.searched, category=permanent smtp_code=550 since=2026-11-22T12:00:00Z",
    "unaccounted.searched, tenant=acme",
  })
  void leavesWhatWeSayOurselves(String action, String detail) {
    assertThat(OperatorWords.without(action, detail)).isEqualTo(detail);
  }

  @ParameterizedTest
  @CsvSource({
    "request_id=globex status=failed,              request_id=*** status=failed",
    "relay=globex-relay,                           relay=***",
    "recipient=*** subject=***,                    recipient=*** subject=***",
    "request_id=of Globex and acme status=failed,  request_id=*** status=failed",
    "request_id=of Globex=acme status=failed,      request_id=*** status=failed",
    "invented_later=globex,                        ''",
  })
  void hidesWhatAnOperatorLookedFor(String detail, String shown) {
    assertThat(OperatorWords.without("message.searched", detail)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dead_letter.discarded", "relay.changed", "tenant.deleted", "later.kind"})
  void hidesTheDetailOfAllElse(String action) {
    assertThat(OperatorWords.without(action, "Globex asked us")).isNull();
  }

  @Test
  void hasNothingToHideWhereThereIsNone() {
    assertThat(OperatorWords.without("message.searched", null)).isNull();
  }
}
