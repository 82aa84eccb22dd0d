package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DemoTest {

  @Test
  void showsEachEventWithItsTimeAndWhatElseItTells() {
    String timeline =
        """
        [{"at": "2026-01-01T00:00:00Z", "event": "accepted", "event_id": "1", "relay": null},
         {"at": "2026-01-01T00:00:01.5Z", "event": "delivered", "attempt": 1, "reply": "250 ok"}]
        """;

    assertThat(Demo.timeline(JsonMapper.builder().build().readTree(timeline)))
        .isEqualTo(
            """
              2026-01-01T00:00:00Z     +     0 ms  accepted
              2026-01-01T00:00:01.500Z +  1500 ms  delivered    attempt=1  reply=250 ok
            """);
  }
}
