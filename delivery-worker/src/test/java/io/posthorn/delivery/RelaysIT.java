package io.posthorn.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.events.DeadLetter;
import io.posthorn.events.DeliveryOutcome;
import io.posthorn.events.DeliveryOutcome.Deferred;
import io.posthorn.events.DeliveryOutcome.Delivered;
import io.posthorn.events.DeliveryOutcome.Failed;
import io.posthorn.events.EmailAddress;
import io.posthorn.events.EventContext;
import io.posthorn.events.EventJson;
import io.posthorn.events.Examples;
import io.posthorn.events.Lane;
import io.posthorn.events.MessageId;
import io.posthorn.events.Mode;
import io.posthorn.events.RecordHeaders;
import io.posthorn.events.SendRequested;
import io.posthorn.events.TenantId;
import io.posthorn.events.Topics;
import io.posthorn.events.UnreadableRecordException;
import io.posthorn.keys.TenantState;
import io.posthorn.relays.KeyRing;
import io.posthorn.relays.RelayId;
import io.posthorn.relays.RelaySecurity;
import io.posthorn.relays.RelayState;
import io.posthorn.relays.RelayTestRequested;
import io.posthorn.relays.RelayTested;
import io.posthorn.relays.RelayTested.Step;
import io.posthorn.relays.RelayTested.StepName;
import io.posthorn.relays.SealedSecret;
import io.posthorn.relays.SendingRate;
import io.posthorn.stack.smtp.ReceivedMail;
import io.posthorn.stack.smtp.SinkSettings;
import io.posthorn.stack.smtp.SmtpAnswer;
import io.posthorn.stack.smtp.SmtpSink;
import io.posthorn.stack.smtp.SmtpStage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One worker, and the relays and tenants that operators set while it runs. */
class RelaysIT {
  private static final String KEY = KeyRing.newKey("k1");
  private static final String NEXT_KEY = KeyRing.newKey("k2");
  private static final KeyRing RING = KeyRing.of(List.of(KEY));
  private static final KeyRing NEXT_RING = KeyRing.of(List.of(NEXT_KEY, KEY));
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static SmtpSink standard;
  private static Path keyFile;
  private static WorkerUnderTest worker;
  private static Queues queues;

  private final List<SmtpSink> sinks = new ArrayList<>();
  private final TenantId tenant = new TenantId("t" + System.nanoTime());

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    keyFile = folder.resolve("keys");
    keys(KEY);
    Awaitility.setDefaultTimeout(Duration.ofSeconds(20));
    standard = SmtpSink.start();
    worker =
        WorkerUnderTest.start(
            standard,
            "--posthorn.relays.encryption-keys-file=" + keyFile,
            "--posthorn.relays.allow-internal-hosts=true",
            // Small, so that few mails for a hanging relay are more than it holds.
            "--posthorn.delivery.max-in-flight=64",
            "--posthorn.delivery.relay.connect-timeout=2s",
            "--posthorn.delivery.relay.send-timeout=5s",
            "--resilience4j.circuitbreaker.configs.relay.wait-duration-in-open-state=1s");
    queues = new Queues();
  }

  @AfterAll
  static void stop() {
    worker.close();
    queues.close();
    standard.close();
  }

  /** Replaces the worker's keys, all at once, as a mounted secret is. */
  private static void keys(String... keys) throws IOException {
    Path next = Files.write(keyFile.resolveSibling("next"), List.of(keys));
    Files.move(next, keyFile, StandardCopyOption.ATOMIC_MOVE);
  }

  @AfterEach
  void closeSinks() {
    sinks.forEach(SmtpSink::close);
  }

  @Test
  void sendsATenantsMailByItsOwnRelayAndOthersMailByTheDefaultOne() {
    SmtpSink own = sink(SinkSettings.defaults());
    set(relay("own", own.port(), 10));

    SendRequested mine = approve(mail());
    SendRequested others = approve(mail(new TenantId("other" + System.nanoTime())));

    assertThat(endOf(mine)).isInstanceOf(Delivered.class);
    assertThat(endOf(others)).isInstanceOf(Delivered.class);
    assertThat(received(own, mine)).hasSize(1);
    assertThat(received(standard, mine)).isEmpty();
    assertThat(received(standard, others)).hasSize(1);
  }

  @Test
  void asksTheNextRelayWhenOneRefusesConnections() {
    SmtpSink second = sink(SinkSettings.defaults());
    set(relay("first", unusedPort(), 10));
    set(relay("second", second.port(), 20));

    SendRequested mail = approve(mail());

    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(endOf(mail).attempt().relay()).isEqualTo("second");
    assertThat(endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(received(second, mail)).hasSize(1);
  }

  @Test
  void waitsWithoutUsingUpAttemptsUntilThePasswordIsRight() {
    SmtpSink sink = sink(withLogin("acme", "right"));
    set(withLogin(relay("login", sink.port(), 10), 1, "wrong"));

    SendRequested mail = approve(mail());
    await().until(() -> !queues.outcomes(mail.messageId()).isEmpty());
    set(withLogin(relay("login", sink.port(), 10), 2, "right"));

    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(queues.outcomes(mail.messageId()))
        .filteredOn(Deferred.class::isInstance)
        .isNotEmpty()
        .noneMatch(outcome -> ((Deferred) outcome).counted());
    assertThat(queues.outcomes(mail.messageId()))
        .extracting(outcome -> outcome.context().eventId())
        .doesNotHaveDuplicates();
    assertThat(parked("misconfigured")).isPositive();
  }

  @Test
  void hearsOfRelaysAfterARecordUnderAKeyThatIsNoId() {
    SmtpSink own = sink(SinkSettings.defaults());
    RelayState relay = relay("own", own.port(), 10);
    queues.put(
        new ProducerRecord<>(Topics.RELAYS, "no id\u0000".getBytes(UTF_8), EventJson.write(relay)));
    queues.put(
        new ProducerRecord<>(Topics.RELAYS, "no id either!".getBytes(UTF_8), new byte[] {1}));

    set(version(relay, 2));

    assertThat(endOf(approve(mail()))).isInstanceOf(Delivered.class);
    assertThat(own.inbox().mails()).hasSize(1);
  }

  @Test
  void changesAPasswordAndTheKeyThatSealsItWithoutAFailedSend() throws IOException {
    SmtpSink sink = sink(withLogin("acme", "old").withUser("acme2", "new"));
    set(withLogin(relay("login", sink.port(), 10), 1, "old"));
    assertThat(endOf(approve(mail()))).isInstanceOf(Delivered.class);

    List<SendRequested> during = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      during.add(approve(mail()));
      if (i == 15) {
        set(withLogin(relay("login", sink.port(), 10), 2, "new", "acme2"));
      }
      if (i == 30) {
        keys(NEXT_KEY, KEY);
        RelayState relay = relay("login", sink.port(), 10);
        set(login(relay, 3, "acme2", NEXT_RING.seal("new", relay.passwordOwner())));
      }
    }

    assertThat(during).allSatisfy(mail -> assertThat(endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(during).allSatisfy(mail -> assertThat(queues.outcomes(mail.messageId())).hasSize(1));
  }

  @Test
  void sendsByARelayWhoseKeyComesLater() throws IOException {
    SmtpSink sink = sink(withLogin("acme", "secret"));
    String rotated = KeyRing.newKey("rotated");
    RelayState relay = relay("rotated", sink.port(), 10);
    set(
        login(
            relay, 1, "acme", KeyRing.of(List.of(rotated)).seal("secret", relay.passwordOwner())));
    SendRequested mail = approve(mail());
    await().untilAsserted(() -> assertThat(queues.outcomes(mail.messageId())).isNotEmpty());

    keys(rotated, NEXT_KEY, KEY);

    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
  }

  @Test
  void keepsTheMailOfARelayWhoseKeyIsMissing() {
    SmtpSink sink = sink(SinkSettings.defaults());
    var other = KeyRing.of(List.of(KeyRing.newKey("elsewhere")));
    RelayState relay = relay("sealed", sink.port(), 10);
    set(login(relay, 1, "acme", other.seal("secret", relay.passwordOwner())));

    SendRequested mail = approve(mail());

    await()
        .untilAsserted(() -> assertThat(queues.outcomes(mail.messageId())).hasSizeGreaterThan(1));
    assertThat(queues.outcomes(mail.messageId()))
        .allSatisfy(
            outcome -> assertThat(((Deferred) outcome).reason()).contains("encryption key"));
    set(version(relay("sealed", sink.port(), 10), 2));
    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
  }

  @Test
  void holdsATenantsMailAndSendsItAfterwards() {
    hold(1, Instant.now(), null);
    SendRequested mail = approve(mail());
    await()
        .untilAsserted(() -> assertThat(queues.outcomes(mail.messageId())).hasSizeGreaterThan(1));
    assertThat(received(standard, mail)).isEmpty();

    hold(2, null, Instant.now());

    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(received(standard, mail)).hasSize(1);
  }

  @Test
  void endsAsRelayConfigAtItsMaximumAgeWhereEveryRelayIsSwitchedOff() {
    set(off(relay("off", unusedPort(), 10)));

    SendRequested mail = mail();
    var old =
        RecordHeaders.empty()
            .set(
                RecordHeaders.AGE_FROM,
                Instant.now().minus(WorkerUnderTest.MAX_AGE).minusSeconds(1));
    queues.approve(mail.messageId(), EventJson.write(mail), old);

    assertThat(endOf(mail)).isInstanceOf(Failed.class);
    assertThat(((Failed) endOf(mail)).category()).isEqualTo(DeadLetter.Category.RELAY_CONFIG);
    assertThat(queues.deadLetters(mail.messageId())).hasSize(1);
  }

  @Test
  void leavesADeadRelayInPeaceAndDrainsItWhenItIsBack() {
    int port = unusedPort();
    set(relay("dead", port, 10));
    List<SendRequested> mails = IntStream.range(0, 40).mapToObj(_ -> approve(mail())).toList();
    await().until(() -> parked("breaker_open") > 0);

    sinks.add(SmtpSink.start(SinkSettings.defaults().withPort(port)));

    assertThat(mails).allSatisfy(mail -> assertThat(endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(mails).allSatisfy(mail -> assertThat(received(sinks.getLast(), mail)).hasSize(1));
  }

  @Test
  void sendsByOtherRelaysWhileOneHangs() {
    SmtpSink hanging = sink(SinkSettings.defaults());
    hanging.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    set(relay("hanging", hanging.port(), 10));
    List<SendRequested> hung = IntStream.range(0, 100).mapToObj(_ -> approve(mail())).toList();
    await().until(() -> hanging.connections() > 10);

    List<SendRequested> others =
        IntStream.range(0, 50)
            .mapToObj(_ -> approve(mail(new TenantId("other" + System.nanoTime()))))
            .toList();

    // Well before the first of the hanging sends ends.
    await()
        .atMost(Duration.ofSeconds(4))
        .untilAsserted(
            () -> assertThat(others).allMatch(mail -> received(standard, mail).size() == 1));
    hanging.follow(_ -> SmtpAnswer.accept());
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(hanging.inbox().received()).isEqualTo(100));
    assertThat(hung).allSatisfy(mail -> assertThat(endOf(mail)).isInstanceOf(Delivered.class));
  }

  @Test
  void sendsNoFasterThanARelayMayBeSentTo() {
    SmtpSink sink = sink(SinkSettings.defaults());
    RelayState relay = relay("paced", sink.port(), 10);
    set(rate(relay, new SendingRate(5, null)));

    List<SendRequested> mails = IntStream.range(0, 20).mapToObj(_ -> approve(mail())).toList();

    assertThat(mails).allSatisfy(mail -> assertThat(endOf(mail)).isInstanceOf(Delivered.class));
    List<Instant> times =
        sink.inbox().mails().stream().map(ReceivedMail::receivedAt).sorted().toList();
    assertThat(times).hasSize(20);
    // Two windows meet in the worst case: ten in a second, so twenty take more than one.
    assertThat(Duration.between(times.getFirst(), times.getLast()))
        .isGreaterThan(Duration.ofSeconds(2));
  }

  @Test
  void sendsAReplayThroughTheRelayThatItAsksFor() {
    SmtpSink usual = sink(SinkSettings.defaults());
    SmtpSink asked = sink(SinkSettings.defaults());
    set(relay("usual", usual.port(), 10));
    RelayState other = relay("asked", asked.port(), 20);
    set(other);

    SendRequested mail = mail();
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.REPLAY_COUNT, 1)
            .set(RecordHeaders.RELAY, other.id().value());
    queues.approve(mail.messageId(), EventJson.write(mail), headers);

    assertThat(endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(received(asked, mail)).hasSize(1);
    assertThat(received(usual, mail)).isEmpty();
  }

  @Test
  void triesARelayAndTellsWhichStepFailed() {
    SmtpSink sink = sink(withLogin("acme", "right"));

    RelayTested good = test(withLogin(relay("tested", sink.port(), 10), 1, "right"), true);
    RelayTested wrong = test(withLogin(relay("tested", sink.port(), 10), 1, "wrong"), true);
    RelayTested nobody = test(relay("tested", unusedPort(), 10), false);
    RelayTested insecure =
        test(secured(relay("tested", sink.port(), 10), RelaySecurity.STARTTLS), false);

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
    queues.put(
        new ProducerRecord<>(
            Topics.RELAY_TESTS,
            null,
            id.toString().getBytes(UTF_8),
            EventJson.write(asked),
            headers));
    return await().until(() -> result(id), Objects::nonNull);
  }

  private static @Nullable RelayTested result(UUID id) throws UnreadableRecordException {
    for (var record : queues.all(Topics.RELAY_TEST_RESULTS)) {
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

  @Test
  void countsWhatRelaysTakeForExactlyThoseWhomTheyAccept() {
    SmtpSink own = sink(SinkSettings.defaults());
    own.follow(stage ->
        stage instanceof SmtpStage.Recipient to && to.address().startsWith("nobody")
            ? SmtpAnswer.reply(550, "5.1.1 no such user")
            : SmtpAnswer.accept());
    set(relay("priced", own.port(), 10));
    EmailAddress nobody = new EmailAddress("nobody@example.org");

    SendRequested good = approve(mail());
    SendRequested half = approve(mail(tenant, Examples.BOB, Examples.CAROL, nobody));
    SendRequested bad = approve(mail(tenant, nobody));

    assertThat(endOf(good).attempt().cost()).isEqualByComparingTo("0.25");
    assertThat(endOf(half).attempt().cost()).isEqualByComparingTo("0.5");
    assertThat(endOf(bad).attempt().cost()).isZero();
    // It is counted right after the outcome is written. Quarters add up exactly.
    await().untilAsserted(() -> assertThat(cost("priced")).isEqualTo(0.75));
  }

  private double cost(String relay) {
    return worker
        .part(MeterRegistry.class)
        .get("posthorn.cost")
        .tags("tenant", tenant.value(), "relay", relay)
        .counter()
        .count();
  }

  private static double parked(String reason) {
    return worker
        .part(MeterRegistry.class)
        .get("posthorn.messages.parked")
        .tag("reason", reason)
        .counter()
        .count();
  }

  private SmtpSink sink(SinkSettings settings) {
    SmtpSink sink = SmtpSink.start(settings);
    sinks.add(sink);
    return sink;
  }

  private static SinkSettings withLogin(String user, String password) {
    return SinkSettings.defaults().withUser(user, password);
  }

  private static int unusedPort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void hold(long version, @Nullable Instant since, @Nullable Instant released) {
    queues.tenant(
        new TenantState(1, version, tenant, "held", true, List.of(), null, since, released));
    await()
        .until(() ->
            worker
                .tenants()
                .get(tenant.value())
                .filter(known -> known.version() == version)
                .isPresent());
  }

  /** Sets a relay, and waits until the worker knows it. */
  private static void set(RelayState relay) {
    queues.relay(relay);
    await()
        .until(() ->
            worker
                .relays()
                .get(relay.id().value())
                .filter(known -> known.version() == relay.version())
                .isPresent());
  }

  private RelayState relay(String name, int port, int priority) {
    return new RelayState(
        1,
        1,
        new RelayId(name + "-" + tenant),
        tenant,
        name,
        true,
        "127.0.0.1",
        port,
        RelaySecurity.NONE,
        null,
        null,
        priority,
        100,
        20,
        100,
        SendingRate.UNLIMITED,
        List.of(),
        null,
        new BigDecimal("0.25"));
  }

  private static RelayState withLogin(RelayState relay, long version, String password) {
    return withLogin(relay, version, password, "acme");
  }

  private static RelayState withLogin(
      RelayState relay, long version, String password, String user) {
    return login(relay, version, user, RING.seal(password, relay.passwordOwner()));
  }

  private static RelayState login(
      RelayState relay, long version, String user, SealedSecret password) {
    return changed(relay, version, true, relay.security(), user, password, relay.rate());
  }

  private static RelayState version(RelayState relay, long version) {
    return changed(relay, version, true, relay.security(), null, null, relay.rate());
  }

  private static RelayState off(RelayState relay) {
    return changed(relay, 1, false, relay.security(), null, null, relay.rate());
  }

  private static RelayState rate(RelayState relay, SendingRate rate) {
    return changed(relay, 1, true, relay.security(), null, null, rate);
  }

  private static RelayState secured(RelayState relay, RelaySecurity security) {
    return changed(relay, 1, true, security, null, null, relay.rate());
  }

  private static RelayState changed(
      RelayState relay,
      long version,
      boolean enabled,
      RelaySecurity security,
      @Nullable String user,
      @Nullable SealedSecret password,
      SendingRate rate) {
    return new RelayState(
        relay.v(),
        version,
        relay.id(),
        relay.tenant(),
        relay.name(),
        enabled,
        relay.host(),
        relay.port(),
        security,
        user,
        password,
        relay.priority(),
        relay.weight(),
        relay.maxConnections(),
        relay.messagesPerConnection(),
        rate,
        List.of(),
        null,
        relay.costPerRecipient());
  }

  private static SendRequested approve(SendRequested request) {
    queues.approve(request);
    return request;
  }

  private SendRequested mail() {
    return mail(tenant);
  }

  private static SendRequested mail(TenantId tenant) {
    return mail(tenant, new EmailAddress("somebody-" + COUNT.incrementAndGet() + "@example.org"));
  }

  private static SendRequested mail(TenantId tenant, EmailAddress... to) {
    SendRequested request = Examples.nextSendRequested(Examples.mailTo(to), 10);
    EventContext context = request.context();
    return new SendRequested(
        EventContext.accepted(
            context.messageId(),
            context.submissionId(),
            tenant,
            context.apiKeyId(),
            Mode.LIVE,
            Lane.TRANSACTIONAL,
            context.acceptedAt()),
        request.fingerprint(),
        false,
        request.limits(),
        request.mail());
  }

  private static DeliveryOutcome endOf(SendRequested request) {
    MessageId id = request.messageId();
    await()
        .until(
            () -> queues.outcomes(id),
            outcomes -> outcomes.stream().anyMatch(outcome -> !(outcome instanceof Deferred)));
    return queues.outcomes(id).stream()
        .filter(outcome -> !(outcome instanceof Deferred))
        .findFirst()
        .orElseThrow();
  }

  private static List<ReceivedMail> received(SmtpSink sink, SendRequested request) {
    String id = request.messageId().internetMessageId(request.mail().from().address());
    return sink.inbox().mails().stream()
        .filter(mail -> new String(mail.raw(), UTF_8).contains("Message-ID: " + id))
        .toList();
  }
}
