package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanKind;
import io.tallypost.events.RecordHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** What callers' {@code traceparent} makes of their requests. */
class CallersTracesIT extends SetOtherwiseIT {
  private static final int FLOOD = 300;
  private static final String MAIL =
      """
      {"to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;

  @Autowired private Exported exported;

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @Test
  void samplesAFloodOfCallersAtTheRateAndByChanceAndKeepsEachTrace() {
    long began = System.nanoTime();
    List<Client.Answer> answers = new ArrayList<>();
    for (int i = 1; i <= FLOOD; i++) {
      // Low ids: a sampler that goes by the id would take each.
      answers.add(client.send(MAIL, "traceparent", traceparent(i, "01")));
    }
    long seconds = (System.nanoTime() - began) / 1_000_000_000 + 2;
    for (int i = 1; i <= FLOOD; i++) {
      assertThat(answers.get(i - 1).text("trace_id")).isEqualTo(trace(i));
    }

    Set<String> flagged = flagged(answers);

    // One a second, and thirty by chance, give or take six standard deviations.
    assertThat(flagged).contains(trace(1)).hasSizeLessThan((int) seconds + 30 + 32);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(exported.traces(SpanKind.PRODUCER)).containsAll(flagged);
          assertThat(ofFlood(exported.traces(SpanKind.SERVER))).isEqualTo(flagged);
        });
  }

  @Test
  void recordsNothingOfCallersThatDoNotWantIt() {
    List<Client.Answer> answers = new ArrayList<>();
    for (int i = 1001; i <= 1050; i++) {
      answers.add(client.send(MAIL, "traceparent", traceparent(i, "00")));
    }

    assertThat(answers.getFirst().text("trace_id")).isEqualTo(trace(1001));
    assertThat(flagged(answers)).isEmpty();
  }

  /** The traces that whoever reads the published records goes on to record. */
  private Set<String> flagged(List<Client.Answer> answers) {
    return answers.stream()
        .map(answer -> traceparentOfRecord(answer.text("id")))
        .filter(traceparent -> traceparent.endsWith("-01"))
        .map(traceparent -> traceparent.substring(3, 35))
        .collect(Collectors.toSet());
  }

  private String traceparentOfRecord(String id) {
    var record = await().until(() -> quota.requests(id), found -> !found.isEmpty()).getFirst();
    return new String(record.headers().lastHeader(RecordHeaders.TRACEPARENT).value(), UTF_8);
  }

  private static Set<String> ofFlood(Set<String> traces) {
    return traces.stream()
        .filter(trace -> trace.startsWith("00000000000000aa"))
        .collect(Collectors.toSet());
  }

  private static String trace(int i) {
    return "00000000000000aa%016x".formatted(i);
  }

  private static String traceparent(int i, String flags) {
    return "00-" + trace(i) + "-b7ad6b7169203331-" + flags;
  }
}
