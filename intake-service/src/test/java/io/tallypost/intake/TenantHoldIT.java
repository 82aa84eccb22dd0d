package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How an operator holds the mail of a tenant, or of all. */
class TenantHoldIT extends TenantIT {
  @Test
  void mailsAgeCountsFromWhenItsMailGoesOnAfterAHoldOrBeingDisabled() {
    create(id, "");
    String path = TENANTS + "/" + id;
    operator.call("PATCH", path, "{\"hold\": true, \"enabled\": false}");

    var heldStill = operator.call("PATCH", path, "{\"enabled\": true}");
    operator.call("PATCH", path, "{\"enabled\": false}");
    var disabledStill = operator.call("PATCH", path, "{\"hold\": false}");
    Instant before = Instant.now();
    var sent = operator.call("PATCH", path, "{\"enabled\": true}");
    var same = operator.call("PATCH", path, "{\"enabled\": true}");

    assertThat(heldStill.body().has("released_at")).isFalse();
    assertThat(disabledStill.body().has("released_at")).isFalse();
    assertThat(Instant.parse(sent.text("released_at"))).isAfter(before.minusMillis(1));
    assertThat(same.text("released_at")).isEqualTo(sent.text("released_at"));
  }

  @Test
  void holdsAndReleasesATenantsMail() {
    create(id, "");
    Instant before = Instant.now();

    var held = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");
    var again = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": true}");

    assertThat(held.body().path("hold").asBoolean()).isTrue();
    Instant heldSince = Instant.parse(held.text("held_since"));
    assertThat(heldSince).isBetween(before.minusMillis(1), Instant.now());
    assertThat(again.text("held_since")).isEqualTo(held.text("held_since"));
    assertThat(view.get(id).orElseThrow().heldSince()).isEqualTo(heldSince);
    assertThat(holder(id, "").send(MAIL).status()).isEqualTo(202);

    var released = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": false}");

    assertThat(released.body().path("hold").asBoolean(true)).isFalse();
    assertThat(released.body().has("held_since")).isFalse();
    assertThat(Instant.parse(released.text("released_at"))).isAfterOrEqualTo(heldSince);
    var other = operator.call("PATCH", TENANTS + "/" + id, "{\"hold\": false}");
    assertThat(other.text("released_at")).isEqualTo(released.text("released_at"));
    // What changed nothing is not there.
    var onTopic = Published.on(Topics.TENANTS, id, 3).getLast();
    assertThat(tenant(onTopic).releasedAt()).isEqualTo(Instant.parse(released.text("released_at")));
  }

  @Test
  void holdsEverythingAndChangesNothingElseOfAllTenants() {
    String everybody = TENANTS + "/*";
    var before = operator.get(everybody);
    assertThat(before.status()).isEqualTo(200);
    assertThat(before.body().path("hold").asBoolean(true)).isFalse();

    var held = operator.call("PATCH", everybody, "{\"hold\": true}");
    assertThat(view.get("*").orElseThrow().holdsMail()).isTrue();
    var released = operator.call("PATCH", everybody, "{\"hold\": false}");
    assertThat(view.get("*").orElseThrow().holdsMail()).isFalse();

    assertThat(held.body().path("hold").asBoolean()).isTrue();
    assertThat(released.body().path("hold").asBoolean(true)).isFalse();
    // One for each change; another one where the start had published it before.
    assertThat(Published.on(Topics.TENANTS, "*", 2))
        .anySatisfy(record -> assertThat(tenant(record).holdsMail()).isTrue());
    var changed =
        operator.call(
            "PATCH",
            everybody,
            "{\"name\": \"x\", \"enabled\": false, \"daily_limit\": 1, \"default_from\": \"a@b.example\", \"allowed_sender_domains\": []}");
    assertThat(changed.status()).isEqualTo(422);
    assertThat(changed.pointers())
        .containsExactly(
            "/name", "/enabled", "/daily_limit", "/default_from", "/allowed_sender_domains");
    assertThat(operator.call("DELETE", everybody, null).status()).isEqualTo(409);
    assertThat(create("*", "").pointers()).containsExactly("/id");
    assertThat(
            operator
                .call(
                    "POST",
                    "/api/v1/admin/api-keys",
                    "{\"name\": \"x %s\", \"tenant\": \"*\"}".formatted(id))
                .pointers())
        .containsExactly("/tenant");
    assertThat(operator.get(TENANTS + "?limit=200").body().path("items").values())
        .noneMatch(tenant -> tenant.path("id").asString().equals("*"));
  }
}
