package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.intake.replies.ReplyListener;
import io.tallypost.kit.testing.Backends;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An operator tries relays out; the worker's part is played by the test. */
class RelayTestIT extends IntakeIT {
  private static final String RELAYS = "/api/v1/admin/relays";
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final Step CONNECTED = new Step(StepName.CONNECT, true, "220 ready", 12);
  private static final Step REFUSED = new Step(StepName.AUTH, false, "535 5.7.8 no", 3);

  @Autowired private JdbcClient jdbc;
  @Autowired private ReplyListener<RelayTested> listener;

  private final BlockingQueue<ConsumerRecord<byte[], byte[]>> asked = new LinkedBlockingQueue<>();
  private volatile List<Step> steps = List.of();
  private volatile boolean working;
  private Thread worker = new Thread();

  @BeforeEach
  void startWorker() {
    steps = List.of(CONNECTED);
    await().until(listener::isPositioned);
    asked.clear();
    working = true;
    var consumer =
        new KafkaConsumer<>(
            Map.<String, Object>of("bootstrap.servers", Backends.kafka()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    var partitions =
        consumer.partitionsFor(Topics.RELAY_TESTS).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    worker =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (working) {
                consumer.poll(Duration.ofMillis(50)).forEach(this::answer);
              }
              consumer.close();
            });
  }

  @AfterEach
  void stopWorker() throws InterruptedException {
    working = false;
    worker.join();
  }

  private void answer(ConsumerRecord<byte[], byte[]> record) {
    asked.add(record);
    var tested = new RelayTested(RelayTested.SHAPE, request(record).id(), steps, "worker-7");
    var toOthers = RecordHeaders.empty().set(RecordHeaders.REPLY_TO, "somebody else");
    publish(record, new RelayTested(1, tested.id(), List.of(REFUSED), "worker-8"), toOthers);
    publish(record, tested, RecordHeaders.copyOf(record.headers()));
  }

  private void publish(
      ConsumerRecord<byte[], byte[]> record, RelayTested tested, RecordHeaders headers) {
    quota.publish(
        new ProducerRecord<>(
            Topics.RELAY_TEST_RESULTS,
            null,
            record.key(),
            EventJson.write(tested),
            headers.toKafka()));
  }

  private static RelayTestRequested request(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), RelayTestRequested.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }

  private String relay(String fields) {
    return operator
        .call(
            "POST",
            RELAYS,
            "{'name': '%s', 'host': '192.0.2.25'%s}"
                .formatted(UUID.randomUUID(), fields)
                .replace('\'', '"'))
        .text("id");
  }

  private Client.Answer test(String relay, @Nullable String body, String... headers) {
    return operator.call("POST", RELAYS + "/" + relay + "/test", body, headers);
  }

  @Test
  void letsAWorkerTryARelayAndTellsEachStep() throws InterruptedException {
    String relay = relay(", 'user': 'acme', 'password': 'correct-horse', 'enabled': false");

    var answer = test(relay, null, "traceparent", "00-" + TRACE + "-b7ad6b7169203331-01");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("ok").asBoolean()).isTrue();
    assertThat(answer.text("worker")).isEqualTo("worker-7");
    assertThat(answer.body().path("steps").toString())
        .isEqualTo(
            "[{\"name\":\"connect\",\"ok\":true,\"detail\":\"220 ready\",\"duration_ms\":12}]");
    var record = asked.take();
    var request = request(record);
    assertThat(new String(record.key(), UTF_8)).isEqualTo(request.id().toString());
    assertThat(request.relay().id().value()).isEqualTo(relay);
    assertThat(request.relay().password()).isNotNull();
    assertThat(new String(record.value(), UTF_8)).doesNotContain("correct-horse");
    assertThat(request.to()).isNull();
    assertThat(request.from()).isNull();
    assertThat(request.expiresAt()).isBetween(Instant.now(), Instant.now().plusSeconds(45));
    assertThat(RecordHeaders.of(record.headers()).text(RecordHeaders.TRACEPARENT).orElse(""))
        .contains(TRACE);
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.admin_log WHERE subject_id = :id AND action = 'relay.tested'")
                .param("id", relay)
                .query(Long.class)
                .single())
        .isEqualTo(1);
  }

  /** The entry is here and on its way to audit, or nothing is and no worker is asked. */
  @Test
  void triesNothingThatCannotBeRecorded() {
    String relay = relay("");
    jdbc.sql(
            """
            CREATE FUNCTION intake.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'refused by the test';
            END $$
            """)
        .update();
    jdbc.sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON intake.outbox FOR EACH ROW WHEN (NEW.key = '%s') EXECUTE FUNCTION intake.refuse()"
                .formatted(relay))
        .update();
    try {
      assertThat(test(relay, null).status()).isEqualTo(500);
    } finally {
      jdbc.sql("DROP TRIGGER refuse ON intake.outbox").update();
      jdbc.sql("DROP FUNCTION intake.refuse()").update();
    }

    assertThat(asked).isEmpty();
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.admin_log WHERE subject_id = :id AND action = 'relay.tested'")
                .param("id", relay)
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void tellsWhichStepFailed() {
    steps = List.of(CONNECTED, REFUSED);

    var answer = test(relay(""), "{}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("ok").asBoolean(true)).isFalse();
    assertThat(answer.body().path("steps").path(1).path("name").asString()).isEqualTo("auth");
    assertThat(answer.body().path("steps").path(1).path("ok").asBoolean(true)).isFalse();
  }

  @Test
  void sendsAMailWhereOneIsAskedFor() throws InterruptedException {
    String relay = relay("");

    test(relay, "{\"to\": \"bob@example.org\", \"from\": \"Acme <shop@acme.example>\"}");

    var request = request(asked.take());
    assertThat(String.valueOf(request.to())).isEqualTo("b***@example.org");
    assertThat(request.from()).extracting(from -> from.value()).isEqualTo("shop@acme.example");
  }

  @Test
  void takesTheTenantsSenderForTheMail() throws InterruptedException {
    String tenant = "t-" + UUID.randomUUID();
    operator.call(
        "POST",
        "/api/v1/admin/tenants",
        "{\"id\": \"%s\", \"name\": \"%s\", \"default_from\": \"acme@acme.example\"}"
            .formatted(tenant, tenant));

    test(relay(", 'tenant': '" + tenant + "'"), "{\"to\": \"bob@example.org\"}");

    assertThat(request(asked.take()).from())
        .extracting(from -> from.value())
        .isEqualTo("acme@acme.example");
  }

  @Test
  void namesWhatIsWrongWithATest() {
    String relay = relay("");

    assertThat(test(relay, "{\"to\": \"bob@example.org\"}").pointers()).containsExactly("/from");
    assertThat(test(relay, "{\"from\": \"a@acme.example\"}").pointers()).containsExactly("/to");
    assertThat(test(relay, "{\"to\": \"bob\", \"from\": 5, \"x\": 1}").pointers())
        .containsExactly("/to", "/from", "/x");
    assertThat(test("unheard-of", null).status()).isEqualTo(404);
    assertThat(asked).isEmpty();
  }

  @Test
  void sendsNoMailToWhereNoneMayGo() {
    var answer = test(relay(""), "{\"to\": \"bob@elsewhere.test\", \"from\": \"a@acme.example\"}");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text("code")).isEqualTo("recipient_not_allowed");
    assertThat(answer.pointers()).containsExactly("/to");
  }

  @Test
  void isForOperatorsOnly() {
    var admin =
        client.with(newKey(operator, "'scopes': ['send', 'read', 'admin']").text("api_key"));

    assertThat(admin.call("POST", RELAYS + "/" + relay("") + "/test", null).status())
        .isEqualTo(403);
  }
}
