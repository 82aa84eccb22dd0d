package io.tallypost.stack.launcher;

import io.tallypost.stack.Patience;
import io.tallypost.stack.cli.Console;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Sends a mail as a client would and shows its way. */
final class Demo {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Set<String> FINAL = Set.of("delivered", "failed", "rejected");

  private final Api api;
  private final String key;
  private final Optional<URI> inbox;
  private final Console console;

  Demo(Api api, String key, Optional<URI> inbox, Console console) {
    this.api = api;
    this.key = key;
    this.inbox = inbox;
    this.console = console;
  }

  void run() {
    JsonNode sent =
        api.send(
            key,
            Map.of(
                "to", "ada@example.test",
                "subject", "The post is here 📯",
                "text", "Tallypost has carried this mail over Kafka to your inbox.\n",
                "html",
                    "<p>Tallypost has carried this mail over <b>Kafka</b> to your inbox.</p>\n"));
    String id = sent.path("id").asString();
    console.progress("demo", "sent as " + id);
    JsonNode message =
        Patience.first(
                PATIENCE,
                () ->
                    Optional.of(api.message(key, id))
                        .filter(state -> FINAL.contains(state.path("status").asString(""))))
            .orElseGet(() -> api.message(key, id));
    String status = message.path("status").asString("unknown");
    console.progress("demo", status);
    inbox.ifPresent(at -> printMail(at, sent.path("internet_message_id").asString("")));
    console.line("\nTimeline\n" + timeline(message.path("timeline")));
    console.line("Trace id  " + sent.path("trace_id").asString("none"));
    if (!status.equals("delivered")) {
      console.line("The mail is %s, not delivered: see the logs.".formatted(status));
    }
  }

  private void printMail(URI at, String messageId) {
    Api sink = new Api(at);
    for (JsonNode mail : sink.get("/messages")) {
      if (mail.path("message_id").asString("").equals(messageId)) {
        String raw = sink.text("/messages/" + mail.path("id").asLong());
        console.line("\nThe mail as the sink received it\n\n" + raw.stripTrailing().indent(4));
      }
    }
  }

  /** One line for each event: milliseconds since the first, what happened, and its details. */
  static String timeline(JsonNode events) {
    StringBuilder table = new StringBuilder();
    Instant first = null;
    for (JsonNode event : events) {
      Instant at = Instant.parse(event.path("at").asString());
      first = first == null ? at : first;
      String rest =
          event.properties().stream()
              .filter(
                  field -> !Set.of("at", "event", "event_id", "trace_id").contains(field.getKey()))
              .filter(field -> field.getValue().isValueNode() && !field.getValue().isNull())
              .map(field -> field.getKey() + "=" + field.getValue().asString())
              .collect(Collectors.joining("  "));
      String line =
          "  %-24s +%6d ms  %-12s %s"
              .formatted(
                  at.truncatedTo(ChronoUnit.MILLIS),
                  Duration.between(first, at).toMillis(),
                  event.path("event").asString(""),
                  rest);
      table.append(line.stripTrailing()).append('\n');
    }
    return table.toString();
  }
}
