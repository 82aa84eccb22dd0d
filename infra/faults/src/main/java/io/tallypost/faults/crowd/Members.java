package io.tallypost.faults.crowd;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.mail.Mode;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;

/** Those of a {@link Crowd}, each with connections of its own. */
final class Members {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SEND = "/api/v1/send";
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final String MAIL =
      "{\"to\":[\"r@example.org\"],\"subject\":\"hostile\",\"text\":\"Is it there?\"}";

  /** Addresses of the loopback network; wrong keys come from two, so that they meet the limit. */
  private static final int STRANGERS = 2;

  private static final int FIRST_STRANGER = 2;
  private static final int TENANTS = 4;

  /** Of so many mails over the limit one has an Idempotency-Key, so that quota must be asked. */
  private static final int ONE_IN = 20;

  /** So that the million bytes below take 46 s; a body may take 30. */
  private static final Duration SLOWLY = Duration.ofMillis(750);

  private static final String UPLOAD =
      MAIL.replace("there?", "there?" + "!".repeat(1_000_000 - MAIL.length()));
  private static final String FORM = "field=" + "x".repeat(4_000_000);

  private static final List<String> QUERIES =
      List.of(
          "limit=200",
          "limit=200&subject=hostile",
          "limit=200&recipient=r1@example.org",
          "limit=200&sender=mail@acme.example&status=failed");

  /** What a member does, again and again. */
  @FunctionalInterface
  interface Deed {
    /** The status that it was answered. */
    int once() throws IOException;
  }

  private final CrowdPlan plan;
  private final boolean manyAddresses = isOurs(FIRST_STRANGER);
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong tries = new AtomicLong();

  /** The ids of keys that were made. */
  private final Queue<String> made = new ConcurrentLinkedQueue<>();

  Members(CrowdPlan plan) {
    this.plan = plan;
  }

  /** One of a kind. */
  Deed of(Hostility kind, int number) {
    return switch (kind) {
      case WRONG_KEYS -> wrongKeys(number);
      case SLOW_UPLOADS -> slowUploads(number);
      case FORM_BODIES -> formBodies(number);
      case OVER_LIMIT -> overLimit(plan.overLimitKeys().get(number % plan.overLimitKeys().size()));
      case SEARCHES -> searches(plan.searchKeys().get(number % plan.searchKeys().size()));
      case KEY_MAKING -> keyMaking();
    };
  }

  private Deed wrongKeys(int number) {
    HttpConnection connection = connection(plan.intake(), FIRST_STRANGER + number % STRANGERS);
    ApiKeyId known = ApiKeyToken.parse(plan.uploadKey()).orElseThrow().id();
    return () -> {
      ApiKeyToken wrong =
          tries.incrementAndGet() % 2 == 0
              ? ApiKeyToken.generate(Mode.LIVE, random)
              : ApiKeyToken.renew(Mode.LIVE, known, random);
      return status(connection, "POST", SEND, wrong.plaintext(), MAIL);
    };
  }

  private Deed slowUploads(int number) {
    String head = head("POST", SEND, "application/json", plan.uploadKey());
    var upload = new Trickle(head, UPLOAD, number % 2 == 0, SLOWLY);
    return () -> upload.over(connection(plan.intake(), TENANTS));
  }

  private Deed formBodies(int number) {
    String type = "application/x-www-form-urlencoded";
    String key = number % 2 == 0 ? plan.adminKey() : "";
    URI service;
    String head;
    switch (number % 3) {
      case 0 -> {
        service = plan.intake();
        head = head("PATCH", KEYS + "/0123456789abcdef", type, key);
      }
      case 1 -> {
        service = plan.quota();
        head = head("PUT", "/api/v1/usage", type, key);
      }
      default -> {
        service = plan.audit();
        head = head("DELETE", "/api/v1/messages", type, key);
      }
    }
    var form = new Trickle(head, FORM, true, Duration.ZERO);
    return () -> form.over(connection(service, TENANTS));
  }

  private Deed overLimit(String key) {
    HttpConnection connection = connection(plan.intake(), TENANTS);
    return () ->
        tries.incrementAndGet() % ONE_IN == 0
            ? status(connection, "POST", SEND, key, MAIL, "Idempotency-Key: " + UUID.randomUUID())
            : status(connection, "POST", SEND, key, MAIL);
  }

  private Deed searches(String key) {
    HttpConnection connection = connection(plan.audit(), TENANTS);
    return () -> {
      String query = QUERIES.get(ThreadLocalRandom.current().nextInt(QUERIES.size()));
      return status(connection, "GET", "/api/v1/messages?" + query, key, "");
    };
  }

  private Deed keyMaking() {
    HttpConnection connection = connection(plan.intake(), TENANTS);
    return () -> {
      String key = "{\"name\":\"k%d\",\"daily_limit\":10}".formatted(System.nanoTime());
      HttpConnection.Answer answer =
          connection.exchange(HttpConnection.request("POST", KEYS, plan.adminKey(), key));
      if (answer.status() == 201) {
        made.add(JSON.readTree(answer.body()).path("id").asString());
      }
      String old = answer.status() == 409 ? made.poll() : null;
      return old == null
          ? answer.status()
          : status(connection, "DELETE", KEYS + "/" + old, plan.adminKey(), "");
    };
  }

  private static int status(
      HttpConnection connection,
      String method,
      String path,
      String key,
      String body,
      String... headers)
      throws IOException {
    return connection.exchange(HttpConnection.request(method, path, key, body, headers)).status();
  }

  private static String head(String method, String path, String type, String key) {
    String credentials = key.isEmpty() ? "" : "X-API-Key: " + key + "\r\n";
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s"
        .formatted(method, path, type, credentials);
  }

  private HttpConnection connection(URI server, int last) {
    return manyAddresses ? new HttpConnection(server, address(last)) : new HttpConnection(server);
  }

  private static InetAddress address(int last) {
    return InetAddress.ofLiteral("127.0.0." + last);
  }

  /** Linux has all of the loopback network, others 127.0.0.1 alone. */
  private static boolean isOurs(int last) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(address(last), 0));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
