package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** What is in flight at the same time is bounded, and what was taken is given back. */
@TestPropertySource(
    properties = {
      "tallypost.intake.requests-in-flight-per-key=" + InFlightIT.PER_KEY,
      "tallypost.intake.requests-in-flight-per-tenant=" + InFlightIT.PER_TENANT,
      "tallypost.intake.request-memory-percent=1",
      "management.server.port=0",
    })
class InFlightIT extends IntakeIT {
  static final int PER_KEY = 30;
  static final int PER_TENANT = 60;

  /** More than there is room for. */
  private static final int EXTRA = 10;

  private static final int LARGE = 900_000;
  private static final String MAIL =
      """
      {"from": "a@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;
  private static final String LARGE_MAIL = MAIL.replace("Hello Bob.", "x".repeat(LARGE));

  @Autowired private MeterRegistry metrics;
  private final List<Socket> open = new ArrayList<>();

  @BeforeEach
  void approve() {
    quota.answer(Quota.APPROVING);
  }

  @AfterEach
  void abort() {
    open.forEach(InFlightIT::close);
    open.clear();
    await().until(() -> reserved() == 0);
  }

  @Test
  void takesNoMoreOfAKeyThanItsLimitUntilItsClientsLeave() {
    String tenant = newTenant();
    String key = keyOf(tenant);
    double before = refused("key_concurrency");
    hold(key, PER_KEY + EXTRA);
    // All places are taken: a request that came before would take one for a moment.
    await().until(() -> refused("key_concurrency") == before + EXTRA);

    var refused = client.with(key).send(MAIL);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("code")).isEqualTo("concurrency_limited");
    assertThat(refused.text("detail")).contains("No quota was charged");
    assertThat(refused.text("charged")).isEqualTo("false");
    assertThat(refused.header("Retry-After")).isEqualTo("1");
    assertThat(refused("key_concurrency")).isEqualTo(before + EXTRA + 1);
    assertThat(client.with(keyOf(tenant)).send(MAIL).status()).isEqualTo(202);

    abort();
    await().until(() -> client.with(key).send(MAIL).status() == 202);
  }

  @Test
  void takesNoMoreOfATenantThanItsLimitUntilItsClientsLeave() {
    String tenant = newTenant();
    String one = keyOf(tenant);
    String other = keyOf(tenant);
    String third = keyOf(tenant);
    double before = refused("tenant_concurrency");
    hold(one, PER_TENANT / 2);
    hold(other, PER_TENANT / 2);
    hold(third, EXTRA);
    await().until(() -> refused("tenant_concurrency") == before + EXTRA);

    var refused = client.with(third).send(MAIL);

    assertThat(refused.text("code")).isEqualTo("concurrency_limited");
    assertThat(refused.text("detail")).contains("tenant");
    assertThat(refused("tenant_concurrency")).isEqualTo(before + EXTRA + 1);
    assertThat(client.with(keyOf(newTenant())).send(MAIL).status()).isEqualTo(202);

    abort();
    await().until(() -> client.with(third).send(MAIL).status() == 202);
  }

  @Test
  void takesNoMoreLargeBodiesThanTheHeapCarriesUntilTheirClientsLeave() {
    // No tenant may have all of it.
    List<String> slow = List.of(keyOf(newTenant()), keyOf(newTenant()));
    var sender = client.with(keyOf(newTenant()));
    assertThat(sender.send(LARGE_MAIL).status()).isEqualTo(202);
    await().until(() -> reserved() == 0);
    double before = refused("memory");

    open.add(begin(slow.getFirst(), LARGE));
    await().until(() -> reserved() > 0);
    double ofOne = reserved();
    Client.Answer refused = sender.send(LARGE_MAIL);
    while (refused.status() == 202) {
      assertThat(open).hasSizeLessThan(PER_KEY);
      open.add(begin(slow.get(open.size() % 2), LARGE));
      await().until(() -> reserved() == open.size() * ofOne);
      refused = sender.send(LARGE_MAIL);
    }

    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.text("code")).isEqualTo("overloaded");
    assertThat(refused.text("charged")).isEqualTo("false");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isPositive();
    assertThat(sender.sendChunked(LARGE_MAIL.getBytes(UTF_8)).text("code")).isEqualTo("overloaded");
    assertThat(refused("memory")).isGreaterThanOrEqualTo(before + 2);
    assertThat(reserved()).isLessThanOrEqualTo(value("tallypost.request.memory.limit"));
    assertThat(sender.send(MAIL).status()).as("a small one").isEqualTo(202);
    assertThat(sender.sendChunked(MAIL.getBytes(UTF_8)).status()).isEqualTo(202);

    abort();
    await().until(() -> sender.send(LARGE_MAIL).status() == 202);
    assertThat(sender.sendChunked(LARGE_MAIL.getBytes(UTF_8)).status()).isEqualTo(202);
  }

  @Test
  void leavesMemoryForOthersHoweverMuchATenantSends() {
    String tenant = newTenant();
    var other = client.with(keyOf(newTenant()));
    // Ever smaller ones, until none of a mail's size fits.
    for (int length : new int[] {LARGE, 64 * 1024, 16 * 1024, 4 * 1024, 1024, MAIL.length()}) {
      fill(keyOf(tenant), length);
    }

    assertThat(client.with(keyOf(tenant)).send(MAIL).text("code")).isEqualTo("overloaded");
    assertThat(other.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  void leavesMemoryForLargeBodiesOfOthersHoweverManyATenantSends() {
    String slow = keyOf(newTenant());
    var other = client.with(keyOf(newTenant()));

    // Of a size that has room beside others' on a machine with little memory, too.
    String mail = LARGE_MAIL.replace("x".repeat(LARGE), "x".repeat(LARGE / 4));
    fill(slow, mail.length());

    assertThat(client.with(slow).send(mail).text("code")).isEqualTo("overloaded");
    assertThat(other.send(mail).status()).isEqualTo(202);
  }

  /** Begins bodies of this length until one is refused. */
  private void fill(String key, int length) {
    double refusals = refused("memory");
    while (refused("memory") == refusals) {
      double before = reserved();
      open.add(begin(key, length));
      await().until(() -> reserved() > before || refused("memory") > refusals);
    }
  }

  @Test
  void holdsWhatARequestNeedsUntilItIsAnswered() {
    quota.answer(Quota.SILENT);
    var sender = client.with(keyOf(newTenant()));

    var answer = CompletableFuture.supplyAsync(() -> sender.send(MAIL));

    await().until(() -> reserved() > 0);
    assertThat(answer.join().text("status")).isEqualTo("queued");
    await().until(() -> reserved() == 0);
  }

  @Test
  void givesBackWhatRefusedRequestsHeld() {
    var sender = client.with(keyOf(newTenant()));

    assertThat(sender.send("{").status()).isEqualTo(400);
    assertThat(sender.send("{}").status()).isEqualTo(422);
    assertThat(sender.call("POST", "/api/v1/admin/tenants", MAIL).status()).isEqualTo(403);
    assertThat(sender.call("POST", "/api/v1/nothing", MAIL).status()).isEqualTo(404);
    assertThat(sender.sendChunked(new byte[2_000_000]).status()).isEqualTo(413);

    await().until(() -> reserved() == 0);
  }

  private void hold(String key, int requests) {
    for (int i = 0; i < requests; i++) {
      open.add(begin(key, 100));
    }
  }

  /** Sends a request's head, and the first byte of its body. */
  private Socket begin(String key, int length) {
    try {
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      String head =
          String.join(
              "\r\n",
              "POST /api/v1/send HTTP/1.1",
              "Host: localhost",
              "Content-Type: application/json",
              "X-API-Key: " + key,
              "Content-Length: " + length,
              "",
              "{");
      socket.getOutputStream().write(head.getBytes(UTF_8));
      return socket;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String newTenant() {
    String id = "inflight-" + UUID.randomUUID();
    var made =
        operator.call(
            "POST",
            "/api/v1/admin/tenants",
            "{\"id\": \"%s\", \"name\": \"%s\"}".formatted(id, id));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return id;
  }

  private String keyOf(String tenant) {
    return newKey(operator, "'tenant': '" + tenant + "'").text("api_key");
  }

  private double reserved() {
    return value("tallypost.request.memory.reserved");
  }

  private double value(String gauge) {
    return metrics.get(gauge).gauge().value();
  }

  private double refused(String reason) {
    return metrics.get("tallypost.requests.refused").tag("reason", reason).counter().count();
  }
}
