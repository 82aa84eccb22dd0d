package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key may have, and what narrows it. */
class KeyRulesIT extends KeyIT {
  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
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

  /** Every service holds every key in memory. */
  @Test
  void boundsTheHeadersOfAKeyWithItsOtherLists() {
    String domains = list("\"" + "a".repeat(60) + "%02d.example\"");
    String headers = list("\"X-MC-" + "a".repeat(69) + "%02d\"");
    var key = newKey(operator, "'daily_limit': 5");
    var narrow =
        operator.call("PATCH", path(key), "{\"allowed_sender_domains\": [%s]}".formatted(domains));
    assertThat(narrow.status()).isEqualTo(200);

    assertTooLong(
        operator.call("PATCH", path(key), "{\"allowed_headers\": [%s]}".formatted(headers)),
        "/allowed_headers");
  }

  /** As with keys. */
  @Test
  void boundsTheSenderDomainsOfATenant() {
    String fence =
        "\"allowed_sender_domains\": [%s]}"
            .formatted(list("\"%s.%s.%%02d.example\"".formatted("a".repeat(60), "b".repeat(60))));
    String id = "t-" + UUID.randomUUID();
    String tenants = "/api/v1/admin/tenants";
    String tenant = "{\"id\": \"%s\", \"name\": \"%s\"".formatted(id, id);

    assertTooLong(operator.call("POST", tenants, tenant + ", " + fence), "/allowed_sender_domains");
    assertThat(operator.call("POST", tenants, tenant + "}").status()).isEqualTo(201);
    assertTooLong(
        operator.call("PATCH", tenants + "/" + id, "{" + fence), "/allowed_sender_domains");
    // One that has as much from before can be changed in all else.
    jdbc.sql(
            "UPDATE intake.tenant SET allowed_sender_domains = CAST(:domains AS jsonb) WHERE id = :id")
        .param("domains", fence.substring(fence.indexOf('['), fence.length() - 1))
        .param("id", id)
        .update();
    assertThat(operator.call("PATCH", tenants + "/" + id, "{\"daily_limit\": 7}").status())
        .isEqualTo(200);
  }

  /** A hundred entries of a JSON array. */
  private static String list(String entry) {
    return IntStream.range(0, 100).mapToObj(entry::formatted).collect(Collectors.joining(","));
  }

  private static void assertTooLong(Client.Answer answer, String pointer) {
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly(pointer);
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
}
