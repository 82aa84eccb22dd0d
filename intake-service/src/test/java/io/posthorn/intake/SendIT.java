package io.posthorn.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The answers to good requests. */
class SendIT extends IntakeIT {
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @Test
  void answers202WithTheVerdict() {
    var answer = client.send(MAIL);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.text("status")).isEqualTo("approved");
    String id = UUID.fromString(answer.text("id")).toString();
    assertThat(answer.text("internet_message_id")).isEqualTo("<" + id + "@acme.example>");
    assertThat(answer.body().path("remaining").asLong()).isEqualTo(999);
    assertThat(answer.text("trace_id")).matches("[0-9a-f]{32}");
    assertThat(answer.body().path("links").path("self").asString())
        .isEqualTo("https://mail.example/api/v1/messages/" + id);
  }
}
