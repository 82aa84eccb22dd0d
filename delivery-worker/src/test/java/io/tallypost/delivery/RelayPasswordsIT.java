package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.login;
import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.delivery.RelaysUnderTest.secured;
import static io.tallypost.delivery.RelaysUnderTest.unusedPort;
import static io.tallypost.delivery.RelaysUnderTest.version;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.mail.EmailAddress;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Relays that want a password, and the keys that it is sealed by, changed while a worker runs. */
class RelayPasswordsIT {
  private static final String KEY = KeyRing.newKey("k1");
  private static final String NEXT_KEY = KeyRing.newKey("k2");
  private static final KeyRing RING = KeyRing.of(List.of(KEY));
  private static final KeyRing NEXT_RING = KeyRing.of(List.of(NEXT_KEY, KEY));
  private static Path keyFile;
  private static RelaysUnderTest relays;

  private final TenantId tenant = newTenant();

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    keyFile = folder.resolve("keys");
    keys(KEY);
    relays = RelaysUnderTest.start("--tallypost.relays.encryption-keys-file=" + keyFile);
  }

  /** Replaces the worker's keys, all at once, as a mounted secret is. */
  private static void keys(String... keys) throws IOException {
    Path next = Files.write(keyFile.resolveSibling("next"), List.of(keys));
    Files.move(next, keyFile, StandardCopyOption.ATOMIC_MOVE);
  }

  @AfterEach
  void closeSinks() {
    relays.closeSinks();
  }

  @AfterAll
  static void stop() {
    relays.close();
  }

  @Test
  void waitsWithoutUsingUpAttemptsUntilThePasswordIsRight() {
    SmtpSink sink = relays.sink(withLogin("acme", "right"));
    relays.set(withLogin(relay(tenant, "login", sink.port(), 10), 1, "wrong"));

    SendRequested mail = relays.approve(mail(tenant));
    await().until(() -> !relays.queues().outcomes(mail.messageId()).isEmpty());
    relays.set(withLogin(relay(tenant, "login", sink.port(), 10), 2, "right"));

    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(relays.endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(relays.queues().outcomes(mail.messageId()))
        .filteredOn(Deferred.class::isInstance)
        .isNotEmpty()
        .noneMatch(outcome -> ((Deferred) outcome).counted());
    assertThat(relays.queues().outcomes(mail.messageId()))
        .extracting(outcome -> outcome.context().eventId())
        .doesNotHaveDuplicates();
    assertThat(relays.parked("misconfigured")).isPositive();
  }

  @Test
  void changesAPasswordAndTheKeyThatSealsItWithoutAFailedSend() throws IOException {
    SmtpSink sink = relays.sink(withLogin("acme", "old").withUser("acme2", "new"));
    relays.set(withLogin(relay(tenant, "login", sink.port(), 10), 1, "old"));
    assertThat(relays.endOf(relays.approve(mail(tenant)))).isInstanceOf(Delivered.class);

    List<SendRequested> during = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      during.add(relays.approve(mail(tenant)));
      if (i == 15) {
        relays.set(withLogin(relay(tenant, "login", sink.port(), 10), 2, "new", "acme2"));
      }
      if (i == 30) {
        keys(NEXT_KEY, KEY);
        RelayState relay = relay(tenant, "login", sink.port(), 10);
        relays.set(login(relay, 3, "acme2", NEXT_RING.seal("new", relay.passwordOwner())));
      }
    }

    assertThat(during)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(during)
        .allSatisfy(mail -> assertThat(relays.queues().outcomes(mail.messageId())).hasSize(1));
  }

  @Test
  void sendsByARelayWhoseKeyComesLater() throws IOException {
    SmtpSink sink = relays.sink(withLogin("acme", "secret"));
    String rotated = KeyRing.newKey("rotated");
    RelayState relay = relay(tenant, "rotated", sink.port(), 10);
    relays.set(
        login(
            relay, 1, "acme", KeyRing.of(List.of(rotated)).seal("secret", relay.passwordOwner())));
    SendRequested mail = relays.approve(mail(tenant));
    await()
        .untilAsserted(() -> assertThat(relays.queues().outcomes(mail.messageId())).isNotEmpty());

    keys(rotated, NEXT_KEY, KEY);

    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
  }

  @Test
  void keepsTheMailOfARelayWhoseKeyIsMissing() {
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    var other = KeyRing.of(List.of(KeyRing.newKey("elsewhere")));
    RelayState relay = relay(tenant, "sealed", sink.port(), 10);
    relays.set(login(relay, 1, "acme", other.seal("secret", relay.passwordOwner())));

    double before = relays.parked("unusable");
    SendRequested mail = relays.approve(mail(tenant));

    await().until(() -> relays.parked("unusable") >= before + 2);
    assertThat(relays.queues().outcomes(mail.messageId()))
        .hasSize(1)
        .allSatisfy(
            outcome -> assertThat(((Deferred) outcome).reason()).contains("encryption key"));
    relays.set(version(relay(tenant, "sealed", sink.port(), 10), 2));
    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
  }

  @Test
  void triesARelayAndTellsWhichStepFailed() {
    SmtpSink sink = relays.sink(withLogin("acme", "right"));

    RelayTested good = test(withLogin(relay(tenant, "tested", sink.port(), 10), 1, "right"), true);
    RelayTested wrong = test(withLogin(relay(tenant, "tested", sink.port(), 10), 1, "wrong"), true);
    RelayTested nobody = test(relay(tenant, "tested", unusedPort(), 10), false);
    RelayTested insecure =
        test(secured(relay(tenant, "tested", sink.port(), 10), RelaySecurity.STARTTLS), false);

    assertThat(good.ok()).as(good.toString()).isTrue();
    assertThat(good.steps())
        .extracting(Step::name)
        .containsExactly(
            StepName.PASSWORD, StepName.RESOLVE, StepName.CONNECT, StepName.AUTH, StepName.MAIL);
    assertThat(sink.inbox().mails()).hasSize(1);
    assertThat(failedStep(wrong)).isEqualTo(StepName.AUTH);
    assertThat(failedStep(nobody)).isEqualTo(StepName.CONNECT);
    assertThat(failedStep(insecure)).isEqualTo(StepName.TLS);
  }

  private RelayTested test(RelayState relay, boolean withMail) {
    UUID id = UUID.randomUUID();
    EmailAddress from = withMail ? Examples.ALICE : null;
    EmailAddress to = withMail ? Examples.BOB : null;
    var asked =
        new RelayTestRequested(
            RelayTestRequested.SHAPE, id, relay, from, to, Instant.now().plusSeconds(20));
    var headers = RecordHeaders.empty().set(RecordHeaders.REPLY_TO, "intake-1").toKafka();
    relays
        .queues()
        .put(
            new ProducerRecord<>(
                Topics.RELAY_TESTS,
                null,
                id.toString().getBytes(UTF_8),
                EventJson.write(asked),
                headers));
    return await().until(() -> result(id), Objects::nonNull);
  }

  private static @Nullable RelayTested result(UUID id) throws UnreadableRecordException {
    for (var record : relays.queues().all(Topics.RELAY_TEST_RESULTS)) {
      var result = EventJson.read(record.value(), RelayTested.class);
      if (result.id().equals(id)) {
        assertThat(RecordHeaders.of(record.headers()).text(RecordHeaders.REPLY_TO))
            .contains("intake-1");
        return result;
      }
    }
    return null;
  }

  private static StepName failedStep(RelayTested result) {
    assertThat(result.ok()).as(result.toString()).isFalse();
    assertThat(result.steps().getLast().ok()).isFalse();
    return result.steps().getLast().name();
  }

  private static SinkSettings withLogin(String user, String password) {
    return SinkSettings.defaults().withUser(user, password);
  }

  private static RelayState withLogin(RelayState relay, long version, String password) {
    return withLogin(relay, version, password, "acme");
  }

  private static RelayState withLogin(
      RelayState relay, long version, String password, String user) {
    return login(relay, version, user, RING.seal(password, relay.passwordOwner()));
  }
}
