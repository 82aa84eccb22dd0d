package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.intake.keys.Later;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;

/** How many there may be, to the one, and how often a key may ask. */
@TestPropertySource(
    properties = {
      "tallypost.intake.ceilings.keys-per-tenant=5",
      "tallypost.intake.ceilings.all-keys=200",
      "tallypost.intake.ceilings.relays-per-tenant=3",
      "tallypost.intake.ceilings.tenants=12",
      "tallypost.keys.admin-calls-per-minute=400",
      "tallypost.keys.tenant-changes-per-minute=60"
    })
class CeilingsIT extends IntakeIT {
  private static final String TENANTS = "/api/v1/admin/tenants";
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final String RELAYS = "/api/v1/admin/relays";

  @Autowired private ApplicationContext intake;
  @Autowired private JdbcClient jdbc;

  private String tenant = "";

  @BeforeEach
  void makeATenant() {
    tenant = "t-" + UUID.randomUUID();
    assertThat(makeTenant(tenant).status()).isEqualTo(201);
  }

  private Client.Answer makeTenant(String id) {
    return operator.call(
        "POST", TENANTS, "{\"id\": \"%s\", \"name\": \"Tenant %s\"}".formatted(id, id));
  }

  private Client.Answer makeKey(String of) {
    return operator.call(
        "POST", KEYS, "{\"name\": \"%s\", \"tenant\": \"%s\"}".formatted(UUID.randomUUID(), of));
  }

  private Client.Answer makeRelay(String of) {
    return operator.call(
        "POST",
        RELAYS,
        "{\"name\": \"%s\", \"host\": \"192.0.2.25\", \"tenant\": \"%s\"}"
            .formatted(UUID.randomUUID(), of));
  }

  private static List<Client.Answer> atOnce(int count, Supplier<Client.Answer> call) {
    try (var threads = Executors.newFixedThreadPool(count)) {
      return Stream.generate(() -> CompletableFuture.supplyAsync(call, threads))
          .limit(count)
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    }
  }

  private static List<Client.Answer> made(List<Client.Answer> answers) {
    return answers.stream().filter(answer -> answer.status() == 201).toList();
  }

  private static void assertTooMany(Client.Answer answer, String of) {
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("code")).isEqualTo("too_many");
    assertThat(answer.text("detail")).contains(of);
  }

  @Test
  void keepsToTheKeysOfATenantHoweverManyMakeThemAtOnce() {
    var answers = atOnce(20, () -> makeKey(tenant));

    assertThat(made(answers)).hasSize(5);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 201)
        .allSatisfy(answer -> assertTooMany(answer, "5 API keys"));
    String first = KEYS + "/" + made(answers).getFirst().text("id");
    operator.call("PATCH", first, "{\"enabled\": false}");
    assertTooMany(makeKey(tenant), "disabled");
    assertThat(operator.call("POST", first + "/rotate", "{}").status()).isEqualTo(200);
    assertThat(makeKey("default").status()).as("another tenant's").isEqualTo(201);

    operator.call("DELETE", first, null);

    assertThat(makeKey(tenant).status()).isEqualTo(201);
    assertTooMany(makeKey(tenant), "5 API keys");
  }

  /** Each service holds all of them in memory. */
  @Test
  void keepsToTheKeysOfAllTenantsHoweverManyMakeThemAtOnce() {
    String other = tenant + "b";
    assertThat(makeTenant(other).status()).isEqualTo(201);
    var turn = new AtomicInteger();
    jdbc.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, restrictions,
                                        version, created_at, updated_at)
            SELECT 'filler' || n, 'default', 'filler ' || n, 'live', '["send"]', '[]', true, '[]', '{}',
                   1, TIMESTAMPTZ '2020-01-01', TIMESTAMPTZ '2020-01-01'
            FROM generate_series(1, 200 - 3 - (SELECT count(*) FROM intake.api_key)) n
            """)
        .update();
    try {
      var answers = atOnce(10, () -> makeKey(turn.getAndIncrement() % 2 == 0 ? tenant : other));

      assertThat(made(answers)).hasSize(3);
      assertThat(answers)
          .filteredOn(answer -> answer.status() != 201)
          .allSatisfy(answer -> assertTooMany(answer, "200 API keys"));
      operator.call("DELETE", KEYS + "/" + made(answers).getFirst().text("id"), null);
      assertThat(makeKey(other).status()).isEqualTo(201);
      assertTooMany(makeKey(other), "tallypost.intake.ceilings.all-keys.");
    } finally {
      jdbc.sql("DELETE FROM intake.api_key WHERE id LIKE 'filler%'").update();
    }
    assertThat(makeKey(tenant).status()).isEqualTo(201);
  }

  @Test
  void keepsToTheRelaysOfATenantHoweverManyMakeThemAtOnce() {
    var answers = atOnce(12, () -> makeRelay(tenant));

    assertThat(made(answers)).hasSize(3);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 201)
        .allSatisfy(answer -> assertTooMany(answer, "3 relays"));
    for (int i = 0; i < 3; i++) {
      assertThat(makeRelay("*").status()).isEqualTo(201);
    }
    assertTooMany(makeRelay("*"), "3 relays");

    operator.call("DELETE", RELAYS + "/" + made(answers).getFirst().text("id"), null);

    assertThat(makeRelay(tenant).status()).isEqualTo(201);
  }

  @Test
  void keepsToTheTenantsAndCountsTheDeletedOnesUntilTheirIdsAreFree() {
    int before = operator.get(TENANTS + "?limit=200").body().path("items").size();

    var answers = atOnce(20, () -> makeTenant("t-" + UUID.randomUUID()));

    assertThat(made(answers)).hasSize(12 - before);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 201)
        .allSatisfy(answer -> assertTooMany(answer, "12 tenants"));
    for (var one : made(answers)) {
      String path = TENANTS + "/" + one.text("id");
      assertThat(operator.call("DELETE", path, null).status()).isEqualTo(200);
    }
    assertTooMany(makeTenant("t-" + UUID.randomUUID()), "12 tenants");

    Later.at(intake, Instant.now().plus(Duration.ofDays(421)));

    assertThat(makeTenant(tenant + "x").status()).isEqualTo(201);
  }

  @Test
  void deletesAKeyThatExpiredLongAgoAndMakesRoomForAnother() {
    Instant end = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS);
    String expiring = "'tenant': '%s', 'expires_at': '%s'".formatted(tenant, end);
    var key = newKey(operator, expiring);
    var operators = newKey(operator, expiring + ", 'scopes': ['operator']");
    var lasting = newKey(operator, "'tenant': '%s'".formatted(tenant));

    Later.at(intake, end.plus(Duration.ofDays(30)).minusSeconds(1));
    assertThat(operator.get(KEYS + "/" + key.text("id")).status()).isEqualTo(200);
    Later.at(intake, end.plus(Duration.ofDays(30)).plusSeconds(1));

    assertThat(operator.get(KEYS + "/" + key.text("id")).status()).isEqualTo(404);
    assertThat(client.with(key.text("api_key")).send("{}").status()).isEqualTo(401);
    assertThat(operator.get(KEYS + "/" + lasting.text("id")).status()).isEqualTo(200);
    assertThat(operator.get(KEYS + "/" + operators.text("id")).status())
        .as("the last operator must not be made anew at a start")
        .isEqualTo(200);
  }

  @Test
  void slowsAKeyThatCallsTheAdminApiTooOftenAndNobodyElse() {
    var busy =
        client.with(
            newKey(operator, "'tenant': '" + tenant + "', 'scopes': ['send', 'admin']")
                .text("api_key"));
    String[] paths = {KEYS, "/api/v1/%61dmin/api-keys", KEYS + "/unknown", TENANTS};
    var answers = new ArrayList<Client.Answer>();
    for (int i = 0; i < 400; i++) {
      answers.add(busy.get(paths[i % paths.length]));
    }
    assertThat(answers).noneMatch(answer -> answer.status() == 429);

    for (String path : paths) {
      var refused = busy.get(path);
      assertThat(refused.status()).as(path).isEqualTo(429);
      assertThat(refused.text("code")).isEqualTo("rate_limited");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    }
    assertThat(busy.call("POST", KEYS, "{\"name\": \"x\"}").status()).isEqualTo(429);
    assertThat(busy.send("{}").status()).as("sending").isEqualTo(422);
    assertThat(operator.get(KEYS).status()).as("another key").isEqualTo(200);
  }

  /** A tenant may have many keys, and each change goes to every service. */
  @Test
  void slowsTheChangesOfATenantWhicheverOfItsKeysMakesThem() {
    List<Client> admins =
        Stream.generate(() ->
                client.with(
                    newKey(operator, "'tenant': '" + tenant + "', 'scopes': ['send', 'admin']")
                        .text("api_key")))
            .limit(3)
            .toList();
    var sender = client.with(newKey(operator, "'tenant': '" + tenant + "'").text("api_key"));
    String unknown = KEYS + "/unknown";
    String name = "{\"name\": \"x\"}";
    assertThat(sender.call("PATCH", unknown, name).status()).as("takes nothing").isEqualTo(403);
    for (int i = 0; i < 60; i++) {
      assertThat(admins.get(i % 3).call("PATCH", unknown, name).status()).isEqualTo(404);
    }

    var refused = admins.getFirst().call("PATCH", unknown, name);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("rate_limited");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(admins.get(1).call("POST", KEYS, name).status()).isEqualTo(429);
    assertThat(admins.get(2).get(KEYS).status()).as("reads").isEqualTo(200);
    assertThat(admins.get(2).call("DELETE", unknown, null).status())
        .as("a leaked key is deleted whatever it has used up")
        .isEqualTo(404);
    assertThat(operator.call("PATCH", unknown, name).status()).as("operators").isEqualTo(404);
  }
}
