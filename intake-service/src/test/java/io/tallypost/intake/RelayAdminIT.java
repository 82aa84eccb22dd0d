package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An operator's way with relays. */
class RelayAdminIT extends RelayIT {
  private static final String TENANTS = "/api/v1/admin/tenants";

  @Autowired private JdbcClient jdbc;

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
  void learnsFromPostgresWhatKafkaDoesNotTell() {
    var created = create("");

    jdbc.sql(
            "UPDATE intake.relay SET state = state || '{\"version\": 2, \"enabled\": false}', updated_at = now() WHERE id = :id")
        .param("id", created.text("id"))
        .update();

    await().until(() -> view.get(created.text("id")).filter(relay -> !relay.enabled()).isPresent());
  }
}
