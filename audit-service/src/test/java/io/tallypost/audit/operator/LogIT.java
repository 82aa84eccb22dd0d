package io.tallypost.audit.operator;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.AdminEntry;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.testing.ApiContract;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log of who did what, over REST. */
abstract class LogIT extends OperatorIT {
  static final String LOG = "/api/v1/admin/log";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Autowired ApplicationContext context;
  final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
  Operator operator;
  ApiContract http;

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
    http = new ApiContract(context);
  }

  /** What intake writes, twice, as after a crash; it is in the log when this returns. */
  AdminEntry published(TenantId tenant, String action, Instant at) {
    var actor = new AdminEntry.Actor("someKey", "ci", tenant, "192.0.2.1", "req-9");
    AdminEntry entry =
        AdminEntry.of(
                at, "intake-service", actor, action, UUID.randomUUID().toString(), tenant, null)
            .changed(
                List.of("daily_limit"),
                Map.of("daily_limit", 5),
                Map.of("daily_limit", 6, "name", "a\0b"));
    send(entry.subjectId(), EventJson.write(entry));
    send(entry.subjectId(), EventJson.write(entry));
    await().until(() -> operatorsIds("subject=" + entry.subjectId()).size() == 1);
    return entry;
  }

  void send(String key, byte[] value) {
    operator.upstream().send(new ProducerRecord<>(Topics.OPERATIONS, key.getBytes(UTF_8), value));
  }

  List<String> operatorsIds(String query) {
    List<String> ids = new ArrayList<>();
    operator
        .get(LOG + "?limit=200&" + query)
        .path("items")
        .forEach(item -> ids.add(item.path("id").asString()));
    return ids;
  }

  List<JsonNode> items(String key, String query) {
    List<JsonNode> items = new ArrayList<>();
    JSON.readTree(get(key, LOG + "?limit=200&" + query).body()).path("items").forEach(items::add);
    return items;
  }

  List<String> details(String key, String query) {
    return items(key, query).stream().map(item -> item.path("detail").asString()).toList();
  }

  HttpResponse<String> get(String key, String path) {
    HttpResponse<String> answer = http.call("GET", path, key);
    assertThat(answer.statusCode()).as(path + answer.body()).isEqualTo(200);
    return answer;
  }
}
