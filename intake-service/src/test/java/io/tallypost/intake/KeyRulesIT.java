package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.mail.Mode;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What narrows a key, who may manage it, and how its secret is replaced. */
class KeyRulesIT extends IntakeIT {
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final String MAIL =
      """
      {"from": "shop@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hi."}
      """;

  @Autowired JdbcClient jdbc;
  @Autowired BcryptPool bcrypt;

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  private Client holder(Client.Answer created) {
    return client.with(created.text("api_key"));
  }

  private static String path(Client.Answer created) {
    return KEYS + "/" + created.text("id");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'daily_limit': 'infinite'                                   | /daily_limit
          'daily_limit': true                                         | /daily_limit
          'per_minute_limit': 0                                       | /per_minute_limit
          'per_minute_limit': -1                                      | /per_minute_limit
          'per_minute_limit': 1000000001                              | /per_minute_limit
          'mode': 'prod'                                              | /mode
          'scopes': []                                                | /scopes
          'scopes': 'send'                                            | /scopes
          'scopes': ['send', 'root', 5]                               | /scopes/2 /scopes/1
          'mode': 'test', 'scopes': ['operator']                      | /scopes/0
          'expires_at': '2020-01-01T00:00:00Z'                        | /expires_at
          'expires_at': 'tomorrow'                                    | /expires_at
          'expires_at': '9999-01-01T00:00:00Z'                        | /expires_at
          'expires_at': 5                                             | /expires_at
          'allowed_sender_domains': ['a b', 'acme.example', '*.']     | /allowed_sender_domains/0 /allowed_sender_domains/2
          'allowed_recipient_domains': 'example.org'                  | /allowed_recipient_domains
          'allowed_cidrs': ['10.0.0.0/33', 'localhost', '::1']        | /allowed_cidrs/0 /allowed_cidrs/1
          'allowed_headers': ['X-Order', 'X-MC-*', 'X-SMTPAPI', 'X-Tallypost-Trace', 5, 'From'] | /allowed_headers/0 /allowed_headers/1 /allowed_headers/3 /allowed_headers/4 /allowed_headers/5
          'allowed_headers': 'X-SMTPAPI'                              | /allowed_headers
          'name': null                                                | /name
          """)
  void namesAllThatIsWrong(String fields, String pointers) {
    String name = fields.contains("'name'") ? "" : "'name': '" + UUID.randomUUID() + "', ";
    var answer = operator.call("POST", KEYS, ("{" + name + fields + "}").replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactlyInAnyOrder(pointers.split(" "));
  }

  @Test
  void refusesAListThatIsTooLong() {
    String many = "'a.example',".repeat(101).replaceAll(",$", "");
    var answer =
        operator.call(
            "POST",
            KEYS,
            ("{'name': 'x', 'allowed_sender_domains': [" + many + "]}").replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly("/allowed_sender_domains");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allowed_sender_domains    | d%d.example   | 101 | /allowed_sender_domains
          allowed_recipient_domains | d%d.example   | 101 | /allowed_recipient_domains
          allowed_cidrs             | 10.0.0.%d/32  | 101 | /allowed_cidrs
          scopes                    | send          | 6   | /scopes
          allowed_sender_domains    | %0254d        | 1   | /allowed_sender_domains/0
          allowed_recipient_domains | %0254d        | 1   | /allowed_recipient_domains/0
          allowed_cidrs             | ::%050d       | 1   | /allowed_cidrs/0
          scopes                    | %09000d       | 1   | /scopes/0
          """)
  void boundsWhatNarrowsAKey(String field, String entry, int count, String pointer) {
    String list =
        IntStream.range(0, count)
            .mapToObj(i -> "\"" + entry.formatted(i) + "\"")
            .collect(Collectors.joining(","));
    var key = newKey(operator, "'daily_limit': 5");
    String body = "\"%s\": [%s]}".formatted(field, list);

    for (var answer :
        List.of(
            operator.call("POST", KEYS, "{\"name\": \"x\", " + body),
            operator.call("PATCH", path(key), "{" + body))) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.pointers()).containsExactly(pointer);
    }
  }

  @Test
  void boundsAllThatNarrowsAKeyTogether() {
    String long60 = "a".repeat(51);
    String many =
        IntStream.range(0, 90)
            .mapToObj(i -> "'%s%02d.example'".formatted(long60, i))
            .collect(Collectors.joining(","));
    var key = newKey(operator, "'allowed_sender_domains': [" + many + "]");

    var more =
        operator.call(
            "PATCH",
            path(key),
            ("{'allowed_recipient_domains': [" + many + "]}").replace('\'', '"'));

    assertThat(more.status()).isEqualTo(422);
    assertThat(more.pointers()).containsExactly("/allowed_recipient_domains");
    // One that has as much from before can be changed in all else.
    jdbc.sql(
            "UPDATE intake.api_key SET restrictions = jsonb_set(restrictions, '{recipient_domains}', restrictions->'sender_domains') WHERE id = :id")
        .param("id", key.text("id"))
        .update();
    assertThat(operator.call("PATCH", path(key), "{\"daily_limit\": 7}").status()).isEqualTo(200);
  }

  @Test
  void showsAllThatAKeyIsMadeOf() {
    var created =
        newKey(
            operator,
            """
            'mode': 'test', 'scopes': ['send'], 'daily_limit': 'unlimited', 'per_minute_limit': 60,
            'expires_at': '2090-01-31T12:00:00+01:00', 'allowed_sender_domains': ['ACME.example'],
            'allowed_recipient_domains': ['*.example.org'], 'allowed_cidrs': ['192.0.2.0/24'],
            'allowed_headers': ['X-SMTPAPI', 'x-smtpapi', 'X-MC-Tags']
            """);

    var seen = operator.get(path(created)).body();

    assertThat(created.text("api_key")).startsWith("sk_test_");
    assertThat(seen.path("mode").asString()).isEqualTo("test");
    assertThat(seen.path("scopes").toString()).isEqualTo("[\"send\"]");
    assertThat(seen.path("daily_limit").asString()).isEqualTo("unlimited");
    assertThat(seen.path("per_minute_limit").asLong()).isEqualTo(60);
    assertThat(seen.path("expires_at").asString()).isEqualTo("2090-01-31T11:00:00Z");
    assertThat(seen.path("allowed_sender_domains").toString()).isEqualTo("[\"acme.example\"]");
    assertThat(seen.path("allowed_recipient_domains").toString()).isEqualTo("[\"*.example.org\"]");
    assertThat(seen.path("allowed_cidrs").toString()).isEqualTo("[\"192.0.2.0/24\"]");
    assertThat(seen.path("allowed_headers").toString()).isEqualTo("[\"x-smtpapi\",\"x-mc-tags\"]");
  }

  @Test
  void takesOrdersToRelaysFromKeysThatAreAllowedThem() {
    var created = newKey(operator, "'daily_limit': 5");
    var holder = holder(created);
    String ordering = MAIL.replace("\"text\"", "\"headers\": {\"X-SMTPAPI\": \"{}\"}, \"text\"");

    var refused = holder.send(ordering);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.pointers()).containsExactly("/headers/X-SMTPAPI");
    assertThat(refused.body().path("errors").path(0).path("detail").asString())
        .contains("X-SMTPAPI", "X-MC-*", "X-MJ-*", "X-Tallypost-*");

    operator.call("PATCH", path(created), "{\"allowed_headers\": [\"X-SMTPAPI\"]}");
    await().until(() -> holder.send(ordering).status() == 202);
    assertThat(holder.send(ordering.replace("X-SMTPAPI", "X-MC-Tags")).status()).isEqualTo(422);

    operator.call("PATCH", path(created), "{\"allowed_headers\": null}");
    await().until(() -> holder.send(ordering).status() == 422);
  }

  @Test
  void letsAnAdminAllowOnlyHeadersThatItIsAllowed() {
    var admin =
        holder(
            newKey(
                operator, "'scopes': ['send', 'read', 'admin'], 'allowed_headers': ['X-MC-Tags']"));
    String name = "{\"name\": \"" + UUID.randomUUID() + "\", ";

    var own = newKey(admin, "'allowed_headers': ['x-mc-tags']");
    var freer = admin.call("POST", KEYS, name + "\"allowed_headers\": [\"X-SMTPAPI\"]}");
    var changed =
        admin.call("PATCH", path(own), "{\"allowed_headers\": [\"X-MC-Tags\", \"X-SMTPAPI\"]}");

    assertThat(freer.status()).isEqualTo(403);
    assertThat(freer.text("code")).isEqualTo("exceeds_own_key");
    assertThat(freer.pointers()).containsExactly("/allowed_headers");
    assertThat(changed.status()).isEqualTo(403);
    var higher = newKey(operator, "'allowed_headers': ['X-SMTPAPI']");
    for (var call :
        List.of(
            admin.call("POST", path(higher) + "/rotate", "{}"),
            admin.call("PATCH", path(higher), "{\"enabled\": false}"),
            admin.call("DELETE", path(higher), null))) {
      assertThat(call.status()).isEqualTo(403);
      assertThat(call.text("code")).isEqualTo("exceeds_own_key");
    }
    assertThat(operator.get(path(own)).body().path("allowed_headers").toString())
        .isEqualTo("[\"x-mc-tags\"]");
  }

  @Test
  void sendsTheLimitsOfTheKeyWithEachRequest() {
    var created = newKey(operator, "'daily_limit': 70, 'per_minute_limit': 6");

    var answer = holder(created).send(MAIL);

    assertThat(answer.header("RateLimit-Policy"))
        .isEqualTo("\"key_day\";q=70;w=86400, \"key_minute\";q=6;w=60");
    assertThat(Quota.event(quota.requests(answer.text("id")).getFirst()).limits())
        .containsExactlyInAnyOrder(
            new QuotaLimit(QuotaPolicyName.KEY_DAY, 70),
            new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 6));
  }

  @Test
  void clearsByAnExplicitNullAndLeavesWhatIsAbsent() {
    var created =
        newKey(
            operator,
            """
            'daily_limit': 'unlimited', 'per_minute_limit': 60, 'default_from': 'shop@acme.example',
            'expires_at': '2090-01-01T00:00:00Z', 'allowed_sender_domains': ['acme.example'],
            'allowed_cidrs': ['127.0.0.0/8']
            """);
    var untouched = operator.call("PATCH", path(created), "{\"enabled\": true}").body();
    assertThat(untouched.path("per_minute_limit").asLong()).isEqualTo(60);
    assertThat(untouched.path("daily_limit").asString()).isEqualTo("unlimited");

    var cleared =
        operator
            .call(
                "PATCH",
                path(created),
                """
                {"daily_limit": null, "per_minute_limit": null, "default_from": null,
                 "expires_at": null, "allowed_sender_domains": null, "allowed_cidrs": null}
                """)
            .body();

    assertThat(cleared.path("daily_limit").asLong()).isEqualTo(1000);
    assertThat(cleared.path("per_minute_limit").asString()).isEqualTo("unlimited");
    assertThat(cleared.has("default_from")).isFalse();
    assertThat(cleared.has("expires_at")).isFalse();
    assertThat(cleared.path("allowed_sender_domains").isEmpty()).isTrue();
    assertThat(cleared.path("allowed_cidrs").isEmpty()).isTrue();
  }

  @Test
  void namesWhatCannotBeChangedOrCleared() {
    var created = newKey(operator, "'daily_limit': 5");

    var answer =
        operator.call(
            "PATCH",
            path(created),
            """
            {"name": null, "enabled": null, "scopes": null, "mode": "test", "tenant": "default"}
            """);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers())
        .containsExactlyInAnyOrder("/name", "/enabled", "/scopes", "/mode", "/tenant");
  }

  @Test
  void refusesAKeyThatHasExpired() {
    String soon = Instant.now().plusSeconds(2).toString();
    var holder = holder(newKey(operator, "'expires_at': '" + soon + "'"));

    assertThat(holder.send(MAIL).status()).isEqualTo(202);

    await().until(() -> holder.send(MAIL).status() == 401);
    assertThat(holder.send(MAIL).text("code")).isEqualTo("key_expired");
  }

  @Test
  void refusesAKeyOutsideItsNetworks() {
    var holder = holder(newKey(operator, "'allowed_cidrs': ['198.51.100.0/24']"));

    var outside = holder.send(MAIL, "X-Forwarded-For", "203.0.113.9");

    assertThat(outside.status()).isEqualTo(403);
    assertThat(outside.text("code")).isEqualTo("address_not_allowed");
    assertThat(holder.send(MAIL, "X-Forwarded-For", "198.51.100.7").status()).isEqualTo(202);
    assertThat(holder.send(MAIL, "X-Forwarded-For", "198.51.100.7, 203.0.113.9").status())
        .isEqualTo(403);
  }

  @Test
  void refusesSendersAndRecipientsOfOtherDomains() {
    var holder =
        holder(
            newKey(
                operator,
                "'allowed_sender_domains': ['acme.example'], 'allowed_recipient_domains': ['example.org']"));

    var sender = holder.send(MAIL.replace("shop@acme.example", "shop@evil.example"));
    var recipient =
        holder.send(
            MAIL.replace("\"bob@example.org\"", "[\"bob@example.org\", \"eve@example.net\"]"));
    var single = holder.send(MAIL.replace("bob@example.org", "eve@example.net"));

    assertThat(sender.status()).isEqualTo(403);
    assertThat(sender.text("code")).isEqualTo("sender_not_allowed");
    assertThat(sender.pointers()).containsExactly("/from");
    assertThat(recipient.status()).isEqualTo(403);
    assertThat(recipient.text("code")).isEqualTo("recipient_not_allowed");
    assertThat(recipient.pointers()).containsExactly("/to/1");
    assertThat(single.pointers()).containsExactly("/to");
    assertThat(holder.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void refusesRecipientsOutsideTheInstallationsDomains() {
    var answer = client.send(MAIL.replace("bob@example.org", "bob@elsewhere.test"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text("code")).isEqualTo("recipient_not_allowed");
  }

  @Test
  void listsByPages() {
    for (int i = 0; i < 5; i++) {
      newKey(operator, "'daily_limit': 1");
    }
    List<String> all = new ArrayList<>();
    operator
        .get(KEYS + "?limit=200")
        .body()
        .path("items")
        .values()
        .forEach(key -> all.add(key.path("id").asString()));

    List<String> paged = new ArrayList<>();
    String next = "";
    do {
      var page = operator.get(KEYS + "?limit=2" + next);
      assertThat(page.body().path("items").size()).isBetween(1, 2);
      page.body().path("items").values().forEach(key -> paged.add(key.path("id").asString()));
      next = page.body().has("next_cursor") ? "&cursor=" + page.text("next_cursor") : "";
    } while (!next.isEmpty());

    assertThat(paged).hasSizeGreaterThanOrEqualTo(5).isEqualTo(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"?cursor=x", "?cursor=!", "?limit=0", "?limit=201", "?limit=a"})
  void refusesParametersThatAreNone(String query) {
    assertThat(operator.get(KEYS + query).status()).isEqualTo(422);
  }

  @Test
  void keepsTheReplacedSecretUntilItsOverlapEnds() {
    var created = newKey(operator, "'daily_limit': 100");
    var before = holder(created);

    var rotated = operator.call("POST", path(created) + "/rotate", "{\"overlap\": \"PT2S\"}");

    assertThat(rotated.status()).isEqualTo(200);
    assertThat(rotated.text("id")).isEqualTo(created.text("id"));
    assertThat(rotated.text("api_key")).isNotEqualTo(created.text("api_key"));
    assertThat(rotated.body().has("previous_secret_expires_at")).isTrue();
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
    assertThat(before.send(MAIL).status()).isEqualTo(202);
    await().until(() -> before.send(MAIL).status() == 401);
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
    assertThat(operator.get(path(created)).body().has("api_key")).isFalse();
  }

  @Test
  void endsTheReplacedSecretAtOnceWhereNoOverlapIsWanted() {
    var created = newKey(operator, "'daily_limit': 100");

    var rotated = operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}");

    assertThat(holder(created).send(MAIL).status()).isEqualTo(401);
    assertThat(holder(rotated).send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void keepsTheReplacedSecretForADayUnlessToldOtherwise() {
    var created = newKey(operator, "'daily_limit': 100");

    var rotated = operator.call("POST", path(created) + "/rotate", null);

    assertThat(Instant.parse(rotated.text("previous_secret_expires_at")))
        .isBetween(Instant.now().plusSeconds(86_300), Instant.now().plusSeconds(86_400));
  }

  /** What is made and rotated takes its turn behind what its tenant has hashed at the time. */
  @Test
  void hashesNewSecretsWithinTheBoundsOfBcrypt() throws InterruptedException {
    var created = newKey(operator, "'daily_limit': 5");
    var over = new AtomicBoolean();
    int more = 65 * Math.max(1, Runtime.getRuntime().availableProcessors() / 2) + 8;
    List<Thread> others =
        Stream.generate(() -> Thread.ofPlatform().start(() -> keepHashing(over)))
            .limit(more)
            .toList();
    try {
      var made =
          awaitRefusal(
              () -> operator.call("POST", KEYS, "{\"name\": \"" + UUID.randomUUID() + "\"}"));
      var rotated =
          awaitRefusal(() -> operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}"));

      for (var refused : List.of(made, rotated)) {
        assertThat(refused.text("code")).isEqualTo("unavailable");
        assertThat(refused.header("Retry-After")).isEqualTo("5");
        assertThat(refused.body().has("api_key")).isFalse();
      }
    } finally {
      over.set(true);
      for (Thread other : others) {
        other.join();
      }
    }
  }

  private void keepHashing(AtomicBoolean over) {
    while (!over.get()) {
      try {
        bcrypt.encode("default", "a secret");
      } catch (BcryptPool.FullException e) {
        Thread.onSpinWait();
      }
    }
  }

  private static Client.Answer awaitRefusal(Callable<Client.Answer> call) {
    return await().until(call, answer -> answer.status() == 503);
  }

  @Test
  void boundsTheSecretsThatOverlap() {
    var created = newKey(operator, "'daily_limit': 100");
    String rotate = path(created) + "/rotate";
    for (int i = 0; i < 3; i++) {
      assertThat(operator.call("POST", rotate, "{}").status()).isEqualTo(200);
    }

    var tooMany = operator.call("POST", rotate, "{}");

    assertThat(tooMany.status()).isEqualTo(409);
    assertThat(tooMany.text("code")).isEqualTo("too_many_secrets");
    assertThat(operator.call("POST", rotate, "{\"overlap\": 0}").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "2592001", "\"P31D\"", "\"x\"", "1.5", "true", "\"-PT1S\""})
  void refusesAnOverlapThatIsNone(String overlap) {
    var created = newKey(operator, "'daily_limit': 100");

    var answer = operator.call("POST", path(created) + "/rotate", "{\"overlap\": " + overlap + "}");

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly("/overlap");
  }

  @Test
  void showsAnAdminOnlyItsOwnTenant() {
    operator.call(
        "POST", "/api/v1/admin/tenants", "{\"id\": \"umbrella\", \"name\": \"Umbrella\"}");
    var foreign = newKey(operator, "'daily_limit': 1");
    var admin =
        holder(newKey(operator, "'tenant': 'umbrella', 'scopes': ['send', 'read', 'admin']"));

    var own = newKey(admin, "'daily_limit': 5");

    assertThat(own.text("tenant")).isEqualTo("umbrella");
    for (var call :
        List.of(
            admin.get(path(foreign)),
            admin.call("PATCH", path(foreign), "{\"enabled\": false}"),
            admin.call("PATCH", path(foreign), "{\"nonsense\": 1}"),
            admin.call("POST", path(foreign) + "/rotate", "{}"),
            admin.call("POST", path(foreign) + "/rotate", "{\"overlap\": -1}"),
            admin.call("DELETE", path(foreign), null))) {
      assertThat(call.status()).isEqualTo(404);
    }
    assertThat(admin.get(KEYS + "?limit=200").body().path("items").values())
        .isNotEmpty()
        .allMatch(key -> key.path("tenant").asString().equals("umbrella"));
    var elsewhere = admin.call("POST", KEYS, "{\"name\": \"x\", \"tenant\": \"default\"}");
    assertThat(elsewhere.status()).isEqualTo(422);
    assertThat(elsewhere.pointers()).containsExactly("/tenant");
    assertThat(operator.get(path(foreign)).body().path("enabled").asBoolean()).isTrue();
    assertThat(admin.call("DELETE", path(own), null).status()).isEqualTo(204);
  }

  @Test
  void grantsOnlyWhatTheCallerHolds() {
    var admin = holder(newKey(operator, "'scopes': ['send', 'read', 'admin']"));
    var plain = newKey(admin, "'daily_limit': 5");

    var made =
        admin.call(
            "POST", KEYS, "{\"name\": \"" + UUID.randomUUID() + "\", \"scopes\": [\"operator\"]}");
    var raised = admin.call("PATCH", path(plain), "{\"scopes\": [\"send\", \"read:body\"]}");

    assertThat(made.status()).isEqualTo(403);
    assertThat(made.text("code")).isEqualTo("scope_not_held");
    assertThat(raised.status()).isEqualTo(403);
    assertThat(operator.get(path(plain)).body().path("scopes").toString())
        .isEqualTo("[\"send\",\"read\"]");
  }

  @Test
  void keepsAdminsOffKeysThatCanDoMore() {
    var admin = holder(newKey(operator, "'scopes': ['send', 'read', 'admin']"));
    var higher = newKey(operator, "'scopes': ['send', 'operator']");

    assertThat(admin.get(path(higher)).status()).isEqualTo(200);
    assertThat(admin.call("POST", path(higher) + "/rotate", "{}").status()).isEqualTo(403);
    assertThat(admin.call("PATCH", path(higher), "{\"enabled\": false}").status()).isEqualTo(403);
    assertThat(admin.call("DELETE", path(higher), null).status()).isEqualTo(403);
    assertThat(holder(higher).send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void refusesTheAdminApiToOrdinaryKeys() {
    var created = newKey(operator, "'daily_limit': 5");
    var holder = holder(created);

    for (var call :
        List.of(
            holder.get(KEYS),
            holder.get(path(created)),
            holder.call("POST", KEYS, "{}"),
            holder.call("PATCH", path(created), "{}"),
            holder.call("POST", path(created) + "/rotate", "{}"),
            holder.call("DELETE", path(created), null))) {
      assertThat(call.status()).isEqualTo(403);
      assertThat(call.text("code")).isEqualTo("missing_scope");
    }
  }

  @Test
  void notesWhoDidWhatWithoutSecrets() {
    var created = newKey(operator, "'daily_limit': 5");
    operator.call("PATCH", path(created), "{\"daily_limit\": 6, \"enabled\": false}");
    operator.call("POST", path(created) + "/rotate", "{\"overlap\": 0}");
    operator.call("DELETE", path(created), null);
    operator.call("PATCH", path(created), "{}");
    String actor = ApiKeyToken.parse(operatorKey()).orElseThrow().id().value();

    List<String> rows =
        jdbc.sql(
                "SELECT actor || ' ' || action || ' ' || tenant || ' ' || array_to_string(fields, ',') FROM intake.admin_log WHERE subject_id = :id AND at > now() - interval '1 hour' ORDER BY id")
            .param("id", created.text("id"))
            .query(String.class)
            .list();

    assertThat(rows)
        .containsExactly(
            actor + " api_key.created default name,daily_limit",
            actor + " api_key.changed default daily_limit,enabled",
            actor + " api_key.rotated default ",
            actor + " api_key.deleted default ");
  }

  @Test
  void learnsFromPostgresWhatKafkaDoesNotTell() {
    var changed = newKey(operator, "'daily_limit': 5");
    var deleted = newKey(operator, "'daily_limit': 5");

    // As another replica does it, but for the outbox.
    jdbc.sql(
            "UPDATE intake.api_key SET enabled = false, version = version + 1, updated_at = now() WHERE id = :id")
        .param("id", changed.text("id"))
        .update();
    jdbc.sql(
            "INSERT INTO intake.tombstone (topic, key, version, deleted_at) VALUES ('config.api-keys.v1', :id, 2, now())")
        .param("id", deleted.text("id"))
        .update();

    await().until(() -> holder(changed).send(MAIL).status() == 403);
    await().until(() -> holder(deleted).send(MAIL).status() == 401);
  }

  @Test
  void leavesATombstoneForReplicasThatKafkaHasNotTold() {
    var created = newKey(operator, "'daily_limit': 5");

    operator.call("DELETE", path(created), null);

    assertThat(
            jdbc.sql("SELECT version FROM intake.tombstone WHERE key = :id")
                .param("id", created.text("id"))
                .query(Long.class)
                .single())
        .isEqualTo(2);
  }

  @Test
  void showsWhenAKeyWasLastUsed() {
    var created = newKey(operator, "'daily_limit': 5");
    assertThat(operator.get(path(created)).body().has("last_used_at")).isFalse();

    holder(created).send(MAIL);

    await().until(() -> operator.get(path(created)).body().has("last_used_at"));
    var seen = operator.get(path(created));
    assertThat(seen.text("last_used_at")).endsWith(":00Z");
    assertThat(seen.text("updated_at")).isEqualTo(created.text("updated_at"));
  }

  @Test
  void slowsAnAddressThatGuessesAndNobodyElse() {
    var known = holder(newKey(operator, "'daily_limit': 5"));
    String guesser = "203.0.113.77";
    assertThat(known.send(MAIL, "X-Forwarded-For", guesser).status()).isEqualTo(202);
    for (int i = 0; i < 100; i++) {
      assertThat(guess(guesser).status()).isEqualTo(401);
    }

    var refused = guess(guesser);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("rate_limited");
    assertThat(refused.text("detail")).contains("No quota was charged");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(guess("203.0.113.78").status()).isEqualTo(401);
    assertThat(known.send(MAIL, "X-Forwarded-For", guesser).status()).isEqualTo(202);
  }

  @Test
  void chargesGuessesBeforeItLooksAtThem() {
    String guesser = "203.0.113.79";

    List<Integer> answers;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      answers =
          IntStream.range(0, 400)
              .mapToObj(_ -> CompletableFuture.supplyAsync(() -> guess(guesser).status(), threads))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
    }

    assertThat(answers).containsOnly(401, 429);
    assertThat(answers).filteredOn(status -> status == 401).hasSizeBetween(1, 100);
    // Others behind the same address go on.
    assertThat(operator.send("{}", "X-Forwarded-For", guesser).status()).isEqualTo(422);
  }

  private Client.Answer guess(String from) {
    var guess = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    return client.with(guess.plaintext()).send(MAIL, "X-Forwarded-For", from);
  }

  @Test
  void slowsAKeyThatRunsAwayAndNobodyElse() {
    var runaway = holder(newKey(operator, "'daily_limit': 5"));
    for (int i = 0; i < 1000; i++) {
      assertThat(runaway.send("{}").status()).isEqualTo(422);
    }

    var refused = runaway.send("{}");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("rate_limited");
    assertThat(refused.text("detail")).contains("No quota was charged");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"key_day\";q=5;w=86400");
    assertThat(client.send("{}").status()).isEqualTo(422);
  }
}
