package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.TenantState;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SealedSecret;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One worker, its standard relay, and the relays that a test's own tenants have beside it. */
final class RelaysUnderTest implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final SmtpSink standard = SmtpSink.start();
  private final List<SmtpSink> sinks = new ArrayList<>();
  private final Set<TenantId> tenants = ConcurrentHashMap.newKeySet();
  private final WorkerUnderTest worker;
  private final Queues queues;

  private RelaysUnderTest(String... settings) {
    worker = WorkerUnderTest.start(standard, settings);
    queues = new Queues();
  }

  /** Starts a worker that soon gives up on relays, and soon tries them again. */
  static RelaysUnderTest start(String... settings) {
    Stream<String> ours =
        Stream.of(
            "--tallypost.relays.allow-internal-hosts=true",
            "--tallypost.relays.ports=1-65535",
            "--tallypost.delivery.relay.timeouts.connect=2s",
            "--tallypost.delivery.relay.timeouts.open=5s",
            "--tallypost.delivery.relay.timeouts.before-dot=5s",
            "--tallypost.delivery.relay.timeouts.per-recipient=0s",
            "--resilience4j.circuitbreaker.configs.relay.wait-duration-in-open-state=1s");
    Stream<String> others = ours.filter(one -> !isSet(one, settings));
    return new RelaysUnderTest(
        Stream.concat(others, Arrays.stream(settings)).toArray(String[]::new));
  }

  private static boolean isSet(String setting, String... settings) {
    String name = setting.substring(0, setting.indexOf('=') + 1);
    return Arrays.stream(settings).anyMatch(one -> one.startsWith(name));
  }

  WorkerUnderTest worker() {
    return worker;
  }

  Queues queues() {
    return queues;
  }

  /** Where the mail of tenants goes that have no relay. */
  SmtpSink standard() {
    return standard;
  }

  /** A server for a relay; it runs until the end of the test. */
  SmtpSink sink(SinkSettings settings) {
    SmtpSink sink = SmtpSink.start(settings);
    sinks.add(sink);
    return sink;
  }

  void closeSinks() {
    sinks.forEach(SmtpSink::close);
    sinks.clear();
  }

  /** Sets a relay, and waits until the worker knows it. */
  void set(RelayState relay) {
    queues.relay(relay);
    await()
        .until(() ->
            worker
                .relays()
                .get(relay.id().value())
                .filter(known -> known.version() == relay.version())
                .isPresent());
  }

  /** Holds a tenant's mail or releases it, and waits until the worker knows. */
  void hold(TenantId tenant, long version, boolean held) {
    Instant now = Instant.now();
    set(
        new TenantState(
            1,
            version,
            tenant,
            "held",
            true,
            List.of(),
            null,
            held ? now : null,
            held ? null : now,
            List.of()));
  }

  /** Disables a tenant or enables it, and waits until the worker knows. */
  void enable(TenantId tenant, long version, boolean enabled) {
    Instant released = enabled ? Instant.now() : null;
    set(
        new TenantState(
            1, version, tenant, "switched", enabled, List.of(), null, null, released, List.of()));
  }

  /** Sets a tenant, and waits until the worker knows. */
  void set(TenantState tenant) {
    queues.tenant(tenant);
    await()
        .until(() ->
            worker
                .tenants()
                .get(tenant.id().value())
                .filter(known -> known.version() == tenant.version())
                .isPresent());
  }

  SendRequested approve(SendRequested request) {
    tenants.add(request.context().tenant());
    queues.approve(request);
    return request;
  }

  DeliveryOutcome endOf(SendRequested request) {
    return await()
        .until(
            () ->
                queues.outcomes(request.messageId()).stream()
                    .filter(outcome -> !(outcome instanceof Deferred))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  static List<ReceivedMail> received(SmtpSink sink, SendRequested request) {
    String id = request.messageId().internetMessageId(request.mail().from().address());
    return sink.inbox().mails().stream()
        .filter(mail -> new String(mail.raw(), UTF_8).contains("Message-ID: " + id))
        .toList();
  }

  /** How many mails this worker has put aside for this reason since its start. */
  double parked(String reason) {
    return worker.parked(reason);
  }

  static TenantId newTenant() {
    return new TenantId("t" + System.nanoTime());
  }

  static SendRequested mail(TenantId tenant) {
    return mail(tenant, new EmailAddress("somebody-" + COUNT.incrementAndGet() + "@example.org"));
  }

  static SendRequested mail(TenantId tenant, EmailAddress... to) {
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

  static int unusedPort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RelayState relay(TenantId tenant, String name, int port, int priority) {
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

  static RelayState login(RelayState relay, long version, String user, SealedSecret password) {
    return changed(relay, version, true, relay.security(), user, password, relay.rate());
  }

  static RelayState version(RelayState relay, long version) {
    return changed(relay, version, true, relay.security(), null, null, relay.rate());
  }

  static RelayState off(RelayState relay) {
    return changed(relay, 1, false, relay.security(), null, null, relay.rate());
  }

  static RelayState rate(RelayState relay, SendingRate rate) {
    return changed(relay, 1, true, relay.security(), null, null, rate);
  }

  static RelayState secured(RelayState relay, RelaySecurity security) {
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

  /** What mail is left ends at once: the next class has the same broker. */
  @Override
  public void close() {
    tenants.stream()
        .filter(tenant -> !tenant.equals(Examples.ACME))
        .forEach(tenant -> queues.tenant(TenantState.deleted(tenant, 1_000, Instant.now())));
    closeSinks();
    worker.close();
    queues.close();
    standard.close();
  }
}
