package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A change that changes nothing leaves no trace: it costs no row, no log entry and no record. */
class UnchangedIT extends TenantKeysIT {

  @Test
  void leavesAKeyAsItWas() {
    var key =
        made(
            operator,
            ADMIN
                + ", 'daily_limit': 5, 'per_minute_limit': 2, 'allowed_cidrs': ['127.0.0.1', '::1']");

    for (String body :
        List.of(
            "{}",
            "{\"enabled\": true, \"daily_limit\": 5}",
            "{\"scopes\": [\"admin\", \"read\", \"send\"], \"name\": \"%s\"}"
                .formatted(key.text("name")))) {
      assertUnchanged(path(key), key, body);
      var own = holder(key).call("PATCH", path(key), body);
      assertThat(own.status()).as(own.body().toString()).isEqualTo(200);
    }

    assertThat(traces(key.text("id"))).isEqualTo(1);
    assertThat(patch(operator, key, "'daily_limit': 6").text("updated_at"))
        .isNotEqualTo(key.text("updated_at"));
    assertThat(traces(key.text("id"))).isEqualTo(2);
  }

  @Test
  void leavesATenantAsItWas() {
    String path = "/api/v1/admin/tenants/" + tenant;
    var before = operator.call("PATCH", path, "{\"hold\": true, \"monthly_limit\": 7}");
    long traces = traces(tenant);

    assertUnchanged(path, before, "{}");
    assertUnchanged(path, before, "{\"hold\": true, \"enabled\": true, \"monthly_limit\": 7}");

    assertThat(traces(tenant)).isEqualTo(traces);
  }

  @Test
  void leavesARelayAsItWas() {
    var relay =
        operator.call(
            "POST",
            "/api/v1/admin/relays",
            "{\"name\": \"%s\", \"tenant\": \"%s\", \"host\": \"192.0.2.25\"}"
                .formatted(UUID.randomUUID(), tenant));
    assertThat(relay.status()).as(relay.body().toString()).isEqualTo(201);
    String path = "/api/v1/admin/relays/" + relay.text("id");

    assertUnchanged(path, relay, "{}");
    assertUnchanged(path, relay, "{\"host\": \"192.0.2.25\", \"security\": \"starttls\"}");

    assertThat(traces(relay.text("id"))).isEqualTo(1);
  }

  private void assertUnchanged(String path, Client.Answer before, String body) {
    var answer = operator.call("PATCH", path, body);
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    assertThat(answer.text("updated_at")).isEqualTo(before.text("updated_at"));
    assertThat(operator.get(path).text("updated_at")).isEqualTo(before.text("updated_at"));
  }

  private long traces(String id) {
    return jdbc.sql("SELECT count(*) FROM intake.admin_log WHERE subject_id = :id")
        .param("id", id)
        .query(Long.class)
        .single();
  }
}
