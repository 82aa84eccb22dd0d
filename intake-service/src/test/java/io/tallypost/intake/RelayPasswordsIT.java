package io.tallypost.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SealedSecret;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Relays' passwords: sealed, never shown, and sealed anew when there is another key. */
@ExtendWith(OutputCaptureExtension.class)
class RelayPasswordsIT extends RelayIT {
  private static final String PASSWORD = "correct-horse-battery";

  @Autowired private JdbcClient jdbc;

  private static String login(String security) {
    return ", 'security': '%s', 'user': 'acme', 'password': '%s'".formatted(security, PASSWORD);
  }

  private static String opened(RelayState relay) {
    try {
      return IntakeIT.KEYS.open(Objects.requireNonNull(relay.password()), relay.passwordOwner());
    } catch (KeyRing.CannotOpenException e) {
      throw new AssertionError(e);
    }
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
