package io.tallypost.delivery.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SenderTest {

  @Test
  void isTheTenantThatTheWholeRecordNames() {
    SendRequested request = Examples.nextSendRequested(Examples.mailTo(Examples.BOB), 10);

    assertThat(Sender.of(EventJson.write(request)))
        .isEqualTo(new Sender(request.context().tenant(), request.context().mode()));
  }

  @Test
  void isFoundWhereverTheFieldsAre() {
    String record =
        """
        {"mail": {"tenant": "inner", "mode": "live", "to": [{"tenant": "deeper"}]},
         "mode": "test", "attempt": 1, "tenant": "acme"}
        """;

    assertThat(Sender.of(record.getBytes(UTF_8)))
        .isEqualTo(new Sender(new TenantId("acme"), Mode.TEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\u0000\u0001",
        "[1, 2]",
        "\"acme\"",
        "{\"tenant\":\"acme\"",
        "{\"tenant\":\"acme\"}",
        "{\"tenant\":\"Not A Tenant\",\"mode\":\"live\"}",
        "{\"tenant\":{\"tenant\":\"acme\"},\"mode\":[\"live\"]}",
        "{\"tenant\":null,\"mode\":\"live\"}"
      })
  void isUnknownWhereARecordIsNoMail(String record) {
    assertThat(Sender.of(record.getBytes(UTF_8))).isEqualTo(Sender.UNKNOWN);
  }

  @Test
  void isUnknownWhereThereIsNoValue() {
    assertThat(Sender.of(null)).isEqualTo(Sender.UNKNOWN);
  }
}
