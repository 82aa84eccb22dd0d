package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.events.Topics;
import io.tallypost.ids.QuotaPolicyName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator's way with tenants. */
class TenantAdminIT extends TenantIT {
  @Test
  void makesATenantWhoseLimitsTravelWithItsMail() {
    var created = create(id, ", 'daily_limit': 500, 'monthly_limit': 9000");

    assertThat(created.status()).isEqualTo(201);
    assertThat(created.text("id")).isEqualTo(id);
    assertThat(created.body().path("enabled").asBoolean()).isTrue();
    assertThat(created.body().path("daily_limit").asLong()).isEqualTo(500);
    assertThat(operator.get(TENANTS + "/" + id).body()).isEqualTo(created.body());
    var answer = holder(id, ", 'daily_limit': 7").send(MAIL);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("RateLimit-Policy"))
        .startsWith(
            "\"key_day\";q=7;w=86400, \"tenant_day\";q=500;w=86400, \"tenant_month\";q=9000");
    assertThat(Quota.event(quota.requests(answer.text("id")).getFirst()).limits())
        .containsExactly(
            new QuotaLimit(QuotaPolicyName.KEY_DAY, 7),
            new QuotaLimit(QuotaPolicyName.TENANT_DAY, 500),
            new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 9000));
  }

  @Test
  void refusesTheKeysOfADisabledTenantUntilItIsEnabled() {
    create(id, "");
    var holder = holder(id, "");
    assertThat(holder.send(MAIL).status()).isEqualTo(202);

    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": false}");

    assertThat(holder.send(MAIL).status()).isEqualTo(403);
    assertThat(holder.send(MAIL).text("code")).isEqualTo("tenant_disabled");
    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": true}");
    assertThat(holder.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void changesWhatIsNamedAndClearsByNull() {
    create(id, ", 'daily_limit': 500, 'monthly_limit': 9000");

    var changed =
        operator.call(
            "PATCH", TENANTS + "/" + id, "{\"daily_limit\": null, \"name\": \"N " + id + "\"}");

    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body().path("daily_limit").asString()).isEqualTo("unlimited");
    assertThat(changed.body().path("monthly_limit").asLong()).isEqualTo(9000);
    assertThat(changed.text("name")).isEqualTo("N " + id);
  }

  @Test
  void doesNotLockItsOwnOperatorOut() {
    var answer = operator.call("PATCH", TENANTS + "/default", "{\"enabled\": false}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("code")).isEqualTo("own_tenant");
    assertThat(operator.call("DELETE", TENANTS + "/default", null).status()).isEqualTo(409);
  }

  @Test
  void refusesASecondTenantOfOneIdOrName() {
    create(id, "");

    assertThat(create(id, "").status()).isEqualTo(409);
    var sameName =
        operator.call(
            "POST", TENANTS, "{\"id\": \"x%s\", \"name\": \"Tenant %s\"}".formatted(id, id));
    assertThat(sameName.status()).isEqualTo(409);
    assertThat(sameName.text("code")).isEqualTo("name_taken");
  }

  @Test
  void givesAnIdToOneOfThoseWhoWantItAtOnce() {
    List<Client.Answer> answers =
        IntStream.range(0, 8)
            .mapToObj(_ -> CompletableFuture.supplyAsync(() -> create(id, "")))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();

    assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
    assertThat(answers)
        .filteredOn(answer -> answer.status() != 201)
        .allSatisfy(answer -> assertThat(answer.text("code")).isEqualTo("name_taken"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}                                                            | /id /name
          {'id': 'A B', 'name': 'x'}                                    | /id
          {'id': '*', 'name': 'x'}                                      | /id
          {'id': 'x', 'name': 'x', 'default_from': 'nobody'}            | /default_from
          {'id': 'x', 'name': 'x', 'allowed_sender_domains': ['a b']}   | /allowed_sender_domains/0
          {'id': 'x', 'name': 'x', 'allowed_sender_domains': 'a.test'}  | /allowed_sender_domains
          {'id': 'x', 'name': ' '}                                      | /name
          {'id': 'x', 'name': 'x', 'daily_limit': 0}                    | /daily_limit
          {'id': 'x', 'name': 'x', 'daily_limit': -1}                   | /daily_limit
          {'id': 'x', 'name': 'x', 'monthly_limit': 1000000001}         | /monthly_limit
          {'id': 'x', 'name': 'x', 'monthly_limit': 'much'}             | /monthly_limit
          {'id': 5, 'name': 5, 'daily_limit': 1.5, 'colour': 'red'}     | /id /name /daily_limit /colour
          """)
  void namesAllThatIsWrongWithANewTenant(String body, String pointers) {
    var answer = operator.call("POST", TENANTS, body.replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactly(pointers.split(" "));
  }

  @Test
  void takesTheSenderOfTheKeyThenOfTheTenant() {
    create(id, ", 'default_from': 'Acme <acme@acme.example>'");
    String bare = MAIL.replace("\"from\": \"shop@acme.example\", ", "");
    var named = holder(id, ", 'default_from': 'key@acme.example'").send(bare);
    var holder = holder(id, "");
    var unnamed = holder.send(bare);

    assertThat(author(named)).isEqualTo("key@acme.example");
    assertThat(author(unnamed)).isEqualTo("acme@acme.example");
    assertThat(author(holder.send(MAIL))).isEqualTo("shop@acme.example");
    assertThat(operator.get(TENANTS + "/" + id).text("default_from"))
        .isEqualTo("\"Acme\" <acme@acme.example>");
    operator.call("PATCH", TENANTS + "/" + id, "{\"default_from\": null}");
    assertThat(holder.send(bare).pointers()).containsExactly("/from");
  }

  @Test
  void keepsATenantsMailToItsDomainsWhateverItsKeysSay() {
    create(id, ", 'allowed_sender_domains': ['ACME.example', '*.acme.example']");
    var free = holder(id, ", 'default_from': 'shop@evil.example'");
    var narrow = holder(id, ", 'allowed_sender_domains': ['mail.acme.example', 'evil.example']");
    String evil = MAIL.replace("shop@acme.example", "shop@evil.example");
    String below = MAIL.replace("shop@acme.example", "shop@mail.acme.example");

    for (var refused :
        List.of(
            free.send(evil),
            free.send(MAIL.replace("\"from\": \"shop@acme.example\", ", "")),
            narrow.send(evil))) {
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text("code")).isEqualTo("sender_not_allowed");
      assertThat(refused.pointers()).containsExactly("/from");
      assertThat(refused.text("detail"))
          .startsWith("The tenant of this API key")
          .contains("nothing charged");
    }
    assertThat(free.send(MAIL).status()).isEqualTo(202);
    assertThat(narrow.send(below).status()).isEqualTo(202);
    assertThat(narrow.send(MAIL).text("detail")).startsWith("This API key");
    var seen = operator.get(TENANTS + "/" + id).body();
    assertThat(seen.path("allowed_sender_domains").toString())
        .isEqualTo("[\"acme.example\",\"*.acme.example\"]");
    assertThat(tenant(Published.on(Topics.TENANTS, id, 1).getLast()).allowedSenderDomains())
        .hasSize(2);

    operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");
    assertThat(free.send(evil).status()).isEqualTo(403);
    operator.call("PATCH", TENANTS + "/" + id, "{\"allowed_sender_domains\": null}");
    assertThat(free.send(evil).status()).isEqualTo(202);
  }

  private String author(Client.Answer accepted) {
    return Quota.event(quota.requests(accepted.text("id")).getFirst())
        .mail()
        .from()
        .address()
        .value();
  }

  @Test
  void isForOperatorsOnly() {
    create(id, "");
    var admin = holder(id, ", 'scopes': ['send', 'read', 'admin']");

    for (var call :
        List.of(
            admin.get(TENANTS),
            admin.get(TENANTS + "/" + id),
            admin.call("POST", TENANTS, "{}"),
            admin.call("PATCH", TENANTS + "/" + id, "{}"),
            admin.call("DELETE", TENANTS + "/" + id, null))) {
      assertThat(call.status()).isEqualTo(403);
    }
  }

  @Test
  void listsByPages() {
    create(id, "");
    int count = 0;
    String next = "";
    do {
      var page = operator.get(TENANTS + "?limit=1" + next);
      assertThat(page.body().path("items").size()).isEqualTo(1);
      count++;
      next = page.body().has("next_cursor") ? "&cursor=" + page.text("next_cursor") : "";
    } while (!next.isEmpty());

    assertThat(count)
        .isEqualTo(operator.get(TENANTS + "?limit=200").body().path("items").size())
        .isGreaterThan(1);
  }

  @Test
  void notesWhoDidWhat() {
    create(id, ", 'daily_limit': 3");
    operator.call("PATCH", TENANTS + "/" + id, "{\"enabled\": false}");
    operator.call("DELETE", TENANTS + "/" + id, null);

    assertThat(
            jdbc.sql(
                    "SELECT action || ' ' || array_to_string(fields, ',') FROM intake.admin_log WHERE subject_id = :id ORDER BY id")
                .param("id", id)
                .query(String.class)
                .list())
        .containsExactly(
            "tenant.created id,name,daily_limit", "tenant.changed enabled", "tenant.deleted ");
  }
}
