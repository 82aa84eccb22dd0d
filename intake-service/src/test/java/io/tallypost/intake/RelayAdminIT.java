package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SealedSecret;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An operator's way with relays. */
@ExtendWith(OutputCaptureExtension.class)
class RelayAdminIT extends IntakeIT {
  private static final String RELAYS = "/api/v1/admin/relays";
  private static final String TENANTS = "/api/v1/admin/tenants";
  private static final String PASSWORD = "correct-horse-battery";

  @Autowired private JdbcClient jdbc;
  @Autowired private CompactedView<RelayState> view;

  /** One that each test has to itself. */
  private String name = "";

  @BeforeEach
  void prepare() {
    name = "relay " + UUID.randomUUID();
  }

  private Client.Answer create(String fields) {
    return operator.call(
        "POST",
        RELAYS,
        "{'name': '%s', 'host': '192.0.2.25'%s}".formatted(name, fields).replace('\'', '"'));
  }

  private Client.Answer change(Client.Answer relay, String body) {
    return operator.call("PATCH", path(relay), body.replace('\'', '"'));
  }

  private static String path(Client.Answer relay) {
    return RELAYS + "/" + relay.text("id");
  }

  private static String login(String security) {
    return ", 'security': '%s', 'user': 'acme', 'password': '%s'".formatted(security, PASSWORD);
  }

  private static List<ConsumerRecord<byte[], byte[]>> published(Client.Answer relay, int count) {
    return Published.on(Topics.RELAYS, relay.text("id"), count);
  }

  private static RelayState state(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), RelayState.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }

  private static String opened(RelayState relay) {
    try {
      return IntakeIT.KEYS.open(Objects.requireNonNull(relay.password()), relay.passwordOwner());
    } catch (KeyRing.CannotOpenException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void makesARelayWithDefaultsThatWorkersRead() {
    var created = create("");

    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("Location")).isEqualTo(path(created));
    assertThat(created.text("tenant")).isEqualTo("default");
    assertThat(created.text("security")).isEqualTo("starttls");
    assertThat(created.body().path("port").asInt()).isEqualTo(587);
    assertThat(created.body().path("priority").asInt()).isEqualTo(10);
    assertThat(created.body().path("weight").asInt()).isEqualTo(100);
    assertThat(created.body().path("max_connections").asInt()).isEqualTo(20);
    assertThat(created.body().path("messages_per_connection").asInt()).isEqualTo(100);
    assertThat(created.body().path("enabled").asBoolean()).isTrue();
    assertThat(created.body().path("has_password").asBoolean(true)).isFalse();
    assertThat(operator.get(path(created)).body()).isEqualTo(created.body());
    assertThat(state(published(created, 1).getFirst()))
        .isEqualTo(view.get(created.text("id")).orElseThrow());
  }

  @Test
  void keepsAllThatItIsTold() {
    var created =
        create(
            ", 'tenant': '*', 'port': 2525, 'security': 'tls', 'priority': 0, 'weight': 7, 'max_connections': 3, 'messages_per_connection': 50, 'rate_per_second': 5, 'rate_per_minute': 100, 'allowed_sender_domains': ['acme.example', '*.acme.example'], 'ehlo_name': 'Out.Acme.example', 'enabled': false, 'cost_per_recipient': 0.0004");

    assertThat(created.status()).isEqualTo(201);
    var relay = state(published(created, 1).getFirst());
    assertThat(relay.tenant().value()).isEqualTo("*");
    assertThat(relay.port()).isEqualTo(2525);
    assertThat(relay.security().wireName()).isEqualTo("tls");
    assertThat(relay.priority()).isZero();
    assertThat(relay.weight()).isEqualTo(7);
    assertThat(relay.maxConnections()).isEqualTo(3);
    assertThat(relay.messagesPerConnection()).isEqualTo(50);
    assertThat(relay.rate().perSecond()).isEqualTo(5);
    assertThat(relay.rate().perMinute()).isEqualTo(100);
    assertThat(relay.allowedSenderDomains())
        .extracting(Object::toString)
        .containsExactly("acme.example", "*.acme.example");
    assertThat(relay.ehloName()).isEqualTo("out.acme.example");
    assertThat(relay.enabled()).isFalse();
    assertThat(relay.costPerRecipient()).isEqualTo("0.0004");
    assertThat(created.body().path("cost_per_recipient").decimalValue())
        .isEqualByComparingTo("0.0004");
  }

  @Test
  void sealsThePasswordAndNeverShowsIt(CapturedOutput output) {
    var created = create(login("starttls"));

    var record = published(created, 1).getFirst();
    assertThat(opened(state(record))).isEqualTo(PASSWORD);
    assertThat(new String(record.value(), UTF_8)).doesNotContain(PASSWORD);
    assertThat(created.body().path("has_password").asBoolean()).isTrue();
    assertThat(created.text("user")).isEqualTo("acme");
    var refused = create(login("none"));
    assertThat(refused.status()).isEqualTo(422);
    for (var answer :
        List.of(created, refused, operator.get(path(created)), operator.get(RELAYS))) {
      assertThat(answer.body().toString()).doesNotContain(PASSWORD);
      assertThat(answer.body().toString()).doesNotContain("\"password\"");
    }
    assertThat(
            jdbc.sql("SELECT state::text FROM intake.relay WHERE id = :id")
                .param("id", created.text("id"))
                .query(String.class)
                .single())
        .doesNotContain(PASSWORD);
    assertThat(output.getAll()).contains("relay created").doesNotContain(PASSWORD);
  }

  @Test
  void changesALoginInParts() {
    var created = create(login("starttls"));

    assertThat(change(created, "{'user': 'other'}").text("user")).isEqualTo("other");
    assertThat(opened(view.get(created.text("id")).orElseThrow())).isEqualTo(PASSWORD);
    change(created, "{'password': 'another one'}");
    assertThat(opened(view.get(created.text("id")).orElseThrow())).isEqualTo("another one");
    var half = change(created, "{'user': null}");
    assertThat(half.status()).isEqualTo(422);
    assertThat(half.pointers()).containsExactly("/user");
    assertThat(change(created, "{'security': 'none'}").pointers()).containsExactly("/security");

    var ended = change(created, "{'user': null, 'password': null}");

    assertThat(ended.status()).isEqualTo(200);
    assertThat(ended.body().path("has_password").asBoolean(true)).isFalse();
    assertThat(ended.body().has("user")).isFalse();
    assertThat(change(created, "{'security': 'none'}").status()).isEqualTo(200);
    assertThat(published(created, 5))
        .extracting(record -> state(record).version())
        .containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void changesWhatIsNamedAndGivesDefaultsForNull() {
    var created =
        create(
            ", 'port': 2525, 'priority': 3, 'weight': 7, 'rate_per_second': 5, 'rate_per_minute': 100, 'ehlo_name': 'out.acme.example', 'allowed_sender_domains': ['acme.example']");

    var changed =
        change(
            created,
            "{'port': null, 'priority': null, 'rate_per_second': null, 'ehlo_name': null, 'allowed_sender_domains': null, 'host': 'smtp.acme.example', 'enabled': false}");

    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.text("host")).isEqualTo("smtp.acme.example");
    assertThat(changed.body().path("port").asInt()).isEqualTo(587);
    assertThat(changed.body().path("priority").asInt()).isEqualTo(10);
    assertThat(changed.body().path("weight").asInt()).isEqualTo(7);
    assertThat(changed.body().has("rate_per_second")).isFalse();
    assertThat(changed.body().path("rate_per_minute").asInt()).isEqualTo(100);
    assertThat(changed.body().has("ehlo_name")).isFalse();
    assertThat(changed.body().path("allowed_sender_domains")).isEmpty();
    assertThat(changed.body().path("enabled").asBoolean(true)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                  | /name /host
          {'name': ' ', 'host': 'a b'}                                        | /host /name
          {'name': 5, 'host': 5}                                              | /name /host
          {'name': 'x', 'host': 'smtp.example\\r\\nRCPT'}                     | /host
          {'name': 'x', 'host': '127.1'}                                      | /host
          {'name': 'x', 'host': 'http://smtp.example'}                        | /host
          {'name': 'x', 'host': '192.0.2.25', 'port': 0}                      | /port
          {'name': 'x', 'host': '192.0.2.25', 'port': 65536}                  | /port
          {'name': 'x', 'host': '192.0.2.25', 'port': '25'}                   | /port
          {'name': 'x', 'host': '192.0.2.25', 'security': 'ssl'}              | /security
          {'name': 'x', 'host': '192.0.2.25', 'user': 'u'}                    | /password
          {'name': 'x', 'host': '192.0.2.25', 'password': 'p'}                | /user
          {'name': 'x', 'host': '192.0.2.25', 'user': 'u\\n', 'password': ''} | /password /user
          {'name': 'x', 'host': '192.0.2.25', 'tenant': 'unheard-of'}         | /tenant
          {'name': 'x', 'host': '192.0.2.25', 'ehlo_name': 'a\\r\\nb'}        | /ehlo_name
          {'name': 'x', 'host': '192.0.2.25', 'allowed_sender_domains': ['a b', 'b.example', 5]} | /allowed_sender_domains/2 /allowed_sender_domains/0
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': -0.1}     | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': 1e-7}     | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': 1e400}    | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': '1'}      | /cost_per_recipient
          {'name': 'x', 'host': '127.0.0.1', 'priority': 1001, 'weight': 0, 'max_connections': 0, 'messages_per_connection': 0, 'rate_per_second': 0, 'rate_per_minute': 1.5, 'enabled': 1, 'colour': 'red'} | /enabled /priority /weight /max_connections /messages_per_connection /rate_per_second /rate_per_minute /colour /host
          """)
  void namesAllThatIsWrongWithANewRelay(String body, String pointers) {
    var answer = operator.call("POST", RELAYS, body.replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactlyInAnyOrder(pointers.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "localhost",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "168.63.129.16",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "100.64.0.1",
        "224.0.0.1"
      })
  void keepsRelaysOffInternalAddresses(String host) {
    var relay = create("");

    var created = operator.call("POST", RELAYS, "{\"name\": \"x\", \"host\": \"" + host + "\"}");
    var changed = change(relay, "{'host': '" + host + "'}");

    for (var answer : List.of(created, changed)) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.pointers()).containsExactly("/host");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 22, 80, 443, 2524, 2526, 5432, 6379, 9092, 65_535})
  void keepsRelaysToThePortsOfMail(int port) {
    var relay = create("");

    var created =
        operator.call(
            "POST", RELAYS, "{\"name\": \"x\", \"host\": \"192.0.2.25\", \"port\": " + port + "}");
    var changed = change(relay, "{'port': " + port + "}");

    for (var answer : List.of(created, changed)) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.pointers()).containsExactly("/port");
      assertThat(answer.body().path("errors").path(0).path("detail").asString())
          .contains("25, 465, 587, 2525");
    }
    assertThat(operator.get(path(relay)).body().path("port").asInt()).isEqualTo(587);
    for (int allowed : new int[] {25, 465, 587, 2525}) {
      assertThat(change(relay, "{'port': " + allowed + "}").status()).isEqualTo(200);
    }
  }

  @Test
  void cannotMoveARelayToAnotherTenant() {
    assertThat(change(create(""), "{'tenant': '*'}").pointers()).containsExactly("/tenant");
  }

  @Test
  void refusesASecondRelayOfOneNameForATenant() {
    create("");

    var second = create("");

    assertThat(second.status()).isEqualTo(409);
    assertThat(second.text("code")).isEqualTo("name_taken");
    var forAll = create(", 'tenant': '*'");
    assertThat(forAll.status()).isEqualTo(201);
    String taken = name;
    name = "other " + name;
    assertThat(change(create(""), "{'name': '" + taken + "'}").status()).isEqualTo(409);
  }

  @Test
  void forgetsADeletedRelayEverywhere() {
    var created = create("");

    assertThat(operator.call("DELETE", path(created), null).status()).isEqualTo(204);

    assertThat(operator.get(path(created)).status()).isEqualTo(404);
    assertThat(operator.call("DELETE", path(created), null).status()).isEqualTo(404);
    assertThat(change(created, "{}").status()).isEqualTo(404);
    assertThat(view.get(created.text("id"))).isEmpty();
    assertThat(published(created, 2).getLast().value()).isNull();
  }

  @Test
  void listsByTenantAndPage() {
    String tenant = "t-" + UUID.randomUUID();
    operator.call("POST", TENANTS, "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(tenant, tenant));
    String first = create(", 'tenant': '" + tenant + "'").text("id");
    name = "second";
    String second = create(", 'tenant': '" + tenant + "'").text("id");
    String list = RELAYS + "?tenant=" + tenant + "&limit=1";

    var page = operator.get(list);
    var last = operator.get(list + "&cursor=" + page.text("next_cursor"));

    assertThat(page.body().path("items").path(0).path("id").asString()).isEqualTo(first);
    assertThat(last.body().path("items").path(0).path("id").asString()).isEqualTo(second);
    assertThat(last.body().has("next_cursor")).isFalse();
    assertThat(operator.get(RELAYS + "?tenant=*").body().path("items").values())
        .allSatisfy(relay -> assertThat(relay.path("tenant").asString()).isEqualTo("*"));
    assertThat(operator.get(RELAYS + "?tenant=A%20B").status()).isEqualTo(422);
    var inUse = operator.call("DELETE", TENANTS + "/" + tenant, null);
    assertThat(inUse.status()).isEqualTo(409);
    assertThat(inUse.text("code")).isEqualTo("tenant_has_relays");
  }

  @Test
  void isForOperatorsOnly() {
    var relay = create("");
    var admin =
        client.with(newKey(operator, "'scopes': ['send', 'read', 'admin']").text("api_key"));

    for (var call :
        List.of(
            admin.get(RELAYS),
            admin.get(path(relay)),
            admin.call("POST", RELAYS, "{}"),
            admin.call("PATCH", path(relay), "{}"),
            admin.call("DELETE", path(relay), null),
            admin.call("POST", RELAYS + "/re-encrypt", null))) {
      assertThat(call.status()).isEqualTo(403);
    }
  }

  @Test
  void sealsPasswordsOfAnEarlierKeyAnewAndTellsWhichItCannotOpen() {
    var rotated = create(login("starttls"));
    name = "other " + name;
    var lost = create(login("starttls"));
    sealBy(IntakeIT.EARLIER_KEY, rotated);
    sealBy(KeyRing.newKey("lost"), lost);

    var done = operator.call("POST", RELAYS + "/re-encrypt", null);

    assertThat(done.status()).isEqualTo(200);
    assertThat(done.body().path("re_encrypted").asInt()).isEqualTo(1);
    assertThat(done.body().path("left")).hasSize(1);
    assertThat(done.body().path("left").path(0).asString()).isEqualTo(lost.text("id"));
    var relay = state(published(rotated, 2).getLast());
    assertThat(relay.password())
        .extracting(SealedSecret::keyId)
        .isEqualTo(IntakeIT.KEYS.sealingKeyId().orElseThrow());
    assertThat(opened(relay)).isEqualTo(PASSWORD);
    assertThat(
            operator
                .call("POST", RELAYS + "/re-encrypt", null)
                .body()
                .path("re_encrypted")
                .asInt(-1))
        .isZero();
    operator.call("DELETE", path(lost), null);
  }

  /** As it was before the ring got another first key. */
  private void sealBy(String key, Client.Answer relay) {
    var state = view.get(relay.text("id")).orElseThrow();
    var sealed = KeyRing.of(List.of(key)).seal(PASSWORD, state.passwordOwner());
    jdbc.sql(
            "UPDATE intake.relay SET state = jsonb_set(state, '{password}', CAST(:sealed AS jsonb)) WHERE id = :id")
        .param("id", relay.text("id"))
        .param("sealed", new String(EventJson.write(sealed), UTF_8))
        .update();
  }

  @Test
  void learnsFromPostgresWhatKafkaDoesNotTell() {
    var created = create("");

    jdbc.sql(
            "UPDATE intake.relay SET state = state || '{\"version\": 2, \"enabled\": false}', updated_at = now() WHERE id = :id")
        .param("id", created.text("id"))
        .update();

    await().until(() -> view.get(created.text("id")).filter(relay -> !relay.enabled()).isPresent());
  }

  @Test
  void notesWhoDidWhatWithoutSecrets() {
    var created = create(login("starttls"));
    change(created, "{'password': 'another one'}");
    operator.call("DELETE", path(created), null);

    assertThat(
            jdbc.sql(
                    "SELECT action || ' ' || tenant || ' ' || array_to_string(fields, ',') FROM intake.admin_log WHERE subject_id = :id ORDER BY id")
                .param("id", created.text("id"))
                .query(String.class)
                .list())
        .containsExactly(
            "relay.created default name,host,security,user,password",
            "relay.changed default password",
            "relay.deleted default ");
  }
}
