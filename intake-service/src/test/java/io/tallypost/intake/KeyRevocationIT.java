package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A key is deleted with all that it made, or alone. */
class KeyRevocationIT extends TenantKeysIT {
  @Test
  void revokesAllThatAKeyMadeThroughOthersToo() {
    var first = made(operator, ADMIN);
    var second = made(holder(first), ADMIN);
    var third = made(holder(second), ADMIN);
    var fourth = made(holder(third), "'scopes': ['send']");
    var beside = made(operator, ADMIN);
    // What comes in between may be gone.
    assertThat(operator.call("DELETE", path(second), null).status()).isEqualTo(204);
    assertThat(madeBy(operator, first)).isEqualTo(ids(third, fourth));
    assertThat(madeBy(holder(beside), first)).isEqualTo(ids(third, fourth));

    var revoked = operator.call("DELETE", path(first) + "?cascade=true", null);

    assertThat(revoked.status()).isEqualTo(200);
    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyInAnyOrderElementsOf(ids(first, third, fourth));
    for (var gone : List.of(first, third, fourth)) {
      assertThat(operator.get(path(gone)).status()).isEqualTo(404);
      assertThat(holder(gone).send("{}").status()).isEqualTo(401);
      assertThat(Published.on(Topics.API_KEYS, gone.text("id"), 2).getLast().value()).isNull();
    }
    assertThat(holder(beside).send("{}").status()).isEqualTo(422);
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.admin_log WHERE tenant = :tenant AND action = 'api_key.deleted'")
                .param("tenant", tenant)
                .query(Long.class)
                .single())
        .isEqualTo(4);
  }

  @Test
  void revokesAKeyAloneUnlessAskedForMore() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");

    assertThat(operator.call("DELETE", path(maker) + "?cascade=false", null).status())
        .isEqualTo(204);

    assertThat(holder(made).send("{}").status()).isEqualTo(422);
    assertThat(operator.get(path(made)).text("created_by")).isEqualTo(maker.text("id"));
  }

  @Test
  void revokesNothingIfItMayNotRevokeAll() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    patch(operator, made, "'daily_limit': 'unlimited'");
    var other = holder(made(operator, ADMIN));

    var refused = other.call("DELETE", path(maker) + "?cascade=true", null);

    assertRefused(refused, "/daily_limit");
    assertThat(operator.get(path(maker)).status()).isEqualTo(200);
    assertThat(operator.get(path(made)).status()).isEqualTo(200);
    assertThat(operator.call("DELETE", path(maker) + "?cascade=yes", null).pointers())
        .containsExactly("/cascade");
    assertThat(operator.get(KEYS + "?made_by=x").pointers()).containsExactly("/made_by");
  }

  /** Else a slip leaves behind what was to go along. */
  @Test
  void revokesNothingWhereItIsToldWhatItDoesNotKnow() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");

    var refused = operator.call("DELETE", path(maker) + "?cascde=true", null);

    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.text("code")).isEqualTo("validation_failed");
    assertThat(refused.pointers()).containsExactly("/cascde");
    assertThat(operator.get(KEYS + "?made-by=" + maker.text("id") + "&limit=1").pointers())
        .containsExactly("/made-by");
    assertThat(operator.get(path(maker)).status()).isEqualTo(200);
    assertThat(operator.get(path(made)).status()).isEqualTo(200);
  }

  /** It knows the secret, and would go on under it. */
  @Test
  void revokesWhatAKeyHasRotatedToo() {
    var rotating = made(operator, ADMIN);
    var between = made(holder(rotating), ADMIN);
    var sibling = made(operator, ADMIN);
    var siblings = made(holder(sibling), "'scopes': ['send']");
    var own = holder(sibling).call("POST", path(sibling) + "/rotate", "{}");
    var rotated = holder(between).call("POST", path(sibling) + "/rotate", "{}");
    assertThat(rotated.status()).isEqualTo(200);
    assertThat(madeBy(operator, between)).isEqualTo(ids(sibling, siblings));
    assertThat(madeBy(operator, sibling)).isEqualTo(ids(siblings));
    // What comes in between may be gone.
    assertThat(operator.call("DELETE", path(between), null).status()).isEqualTo(204);
    assertThat(madeBy(operator, rotating)).isEqualTo(ids(sibling, siblings));

    var revoked = operator.call("DELETE", path(rotating) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(rotating, sibling, siblings));
    for (var gone : List.of(own, rotated, siblings)) {
      assertThat(holder(gone).send("{}").status()).isEqualTo(401);
    }
    assertThat(
            jdbc.sql(
                    "SELECT count(*) FROM intake.api_key_rotation WHERE :id IN (api_key, rotated_by)")
                .param("id", sibling.text("id"))
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void revokesAThousandThatAKeyMade() {
    var first = made(operator, ADMIN);
    var second = made(holder(first), ADMIN);
    jdbc.sql(
            """
            INSERT INTO intake.api_key (id, tenant, name, mode, scopes, secrets, enabled, limits, restrictions,
                                        version, created_at, updated_at, created_by, revoked_with)
            SELECT :prefix || n, tenant, 'made ' || n, mode, '["send"]', secrets, enabled, limits, restrictions,
                   1, now(), now(), id, id
            FROM intake.api_key, generate_series(1000, 1999) n WHERE id = :maker
            """)
        .param("prefix", second.text("id"))
        .param("maker", second.text("id"))
        .update();

    var revoked = operator.call("DELETE", path(first) + "?cascade=true", null);

    assertThat(revoked.status()).isEqualTo(200);
    assertThat(revoked.body().path("deleted").size()).isEqualTo(1002);
    assertThat(
            jdbc.sql("SELECT count(*) FROM intake.api_key WHERE tenant = :tenant")
                .param("tenant", tenant)
                .query(Long.class)
                .single())
        .isZero();
  }

  /** After PostgreSQL was restored from a backup, keys are on the topic that have no row. */
  @Test
  void revokesWhatOnlyTheTopicKnows() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    jdbc.sql("DELETE FROM intake.api_key WHERE id = :id").param("id", made.text("id")).update();
    assertThat(holder(made).send("{}").status()).isEqualTo(422);

    var revoked = operator.call("DELETE", path(maker) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(maker, made));
    assertThat(holder(made).send("{}").status()).isEqualTo(401);
  }

  /** The second operator's key was made by the first, and is what cleans up after it. */
  @Test
  void sparesTheKeyThatAsksAndWhatThatMade() {
    String all = "'scopes': ['send', 'read', 'operator']";
    var leaked = newKey(operator, all);
    var asking = newKey(holder(leaked), all);
    var kept = newKey(holder(asking), "'scopes': ['send']");
    var bad = newKey(holder(leaked), "'scopes': ['send']");

    var revoked = holder(asking).call("DELETE", path(leaked) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(leaked, bad));
    assertThat(holder(asking).get(path(kept)).text("created_by")).isEqualTo(asking.text("id"));
    // It goes with who made the leaked one now.
    String first = leaked.text("created_by");
    assertThat(
            jdbc.sql("SELECT revoked_with FROM intake.api_key WHERE id = :id")
                .param("id", asking.text("id"))
                .query(String.class)
                .single())
        .isEqualTo(first);
    operator.call("DELETE", path(asking) + "?cascade=true", null);
    assertThat(operator.get(path(kept)).status()).isEqualTo(404);
  }

  /** Its maker is revoked with what it made, whoever has rotated that meanwhile. */
  @Test
  void whoRotatesAKeyTakesItFromNobody() {
    var maker = made(operator, ADMIN);
    var made = made(holder(maker), "'scopes': ['send']");
    var other = made(operator, ADMIN);
    var rotated = holder(other).call("POST", path(made) + "/rotate", "{\"overlap\": 0}");
    assertThat(operator.call("DELETE", path(other), null).status()).isEqualTo(204);

    operator.call("DELETE", path(maker) + "?cascade=true", null);

    assertThat(holder(rotated).send("{}").status()).isEqualTo(401);
  }

  @Test
  void keysThatHaveRotatedEachOtherGoTogether() {
    var one = made(operator, ADMIN);
    var other = made(holder(one), ADMIN);
    var rotated = holder(other).call("POST", path(one) + "/rotate", "{}");
    holder(rotated).call("POST", path(other) + "/rotate", "{}");

    var revoked = operator.call("DELETE", path(other) + "?cascade=true", null);

    assertThat(revoked.body().path("deleted").values().stream().map(id -> id.asString()))
        .containsExactlyElementsOf(ids(other, one));
  }
}
