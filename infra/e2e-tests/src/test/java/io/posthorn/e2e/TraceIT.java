package io.posthorn.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.posthorn.stack.client.Client;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One message is one trace, from the caller's span to the relay. */
class TraceIT {
  private static final PosthornStack STACK = PosthornStack.running();
  private static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Test
  void oneTraceIdIsInTheAnswerTheMailTheTimelineAndTheLogs() {
    Client client = Client.withLimit(STACK, "trace", 10);

    Client.Answer answer =
        client.post(
            "/api/v1/send",
            Map.of("to", "bob@example.org", "subject", "traced", "text", "hi"),
            "traceparent",
            "00-" + TRACE_ID + "-00f067aa0ba902b7-01",
            "X-Request-ID",
            "order-4711");

    assertThat(answer.body().path("trace_id").asString()).isEqualTo(TRACE_ID);
    JsonNode message = client.awaitStatus(answer.body().path("id").asString(), "delivered");
    assertThat(message.path("trace_id").asString()).isEqualTo(TRACE_ID);
    assertThat(message.path("request_id").asString()).isEqualTo("order-4711");
    assertThat(message.path("timeline").size()).isGreaterThanOrEqualTo(3);
    for (JsonNode entry : message.path("timeline")) {
      assertThat(entry.path("trace_id").asString()).as(entry.toString()).isEqualTo(TRACE_ID);
    }
    var received =
        Received.byInternetMessageId(STACK, answer.body().path("internet_message_id").asString());
    assertThat(received).hasSize(1);
    assertThat(received.get(0).header("X-Posthorn-Trace")).hasValue(TRACE_ID);
    for (String role : new String[] {"intake", "quota", "worker", "audit"}) {
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () -> assertThat(STACK.log(role)).as(role).anyMatch(line -> line.contains(TRACE_ID)));
    }
  }
}
