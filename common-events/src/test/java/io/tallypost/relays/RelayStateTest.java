package io.tallypost.relays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.RelayId;
import io.tallypost.keys.DomainRule;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class RelayStateTest {
  private static final RelayState RELAY = relay("acme", new SealedSecret("k1", "AAAA"));

  @Test
  void writesAndReadsWhatTheGoldenFileSays() throws IOException, UnreadableRecordException {
    byte[] golden;
    try (var in = RelayStateTest.class.getResourceAsStream("/golden/relay.json")) {
      golden = in.readAllBytes();
    }
    var plain = JsonMapper.builder().build();

    assertThat(plain.readTree(EventJson.write(RELAY))).isEqualTo(plain.readTree(golden));
    assertThat(EventJson.read(golden, RelayState.class)).isEqualTo(RELAY);
  }

  @Test
  void refusesHalfALogin() {
    assertThatIllegalArgumentException().isThrownBy(() -> relay("acme", null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> relay(null, new SealedSecret("k1", "AAAA")));
  }

  private static RelayState relay(@Nullable String user, @Nullable SealedSecret password) {
    return new RelayState(
        1,
        7,
        new RelayId("rl1"),
        Examples.ACME,
        "primary",
        true,
        "smtp.acme.example",
        587,
        RelaySecurity.STARTTLS,
        user,
        password,
        10,
        100,
        20,
        100,
        new SendingRate(50, 1000),
        List.of(new DomainRule("acme.example")),
        "mail.acme.example",
        new BigDecimal("0.0004"));
  }
}
