package io.tallypost.stack.services;

import io.tallypost.stack.FreePorts;
import io.tallypost.stack.cli.UsageException;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import io.undertow.util.Headers;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The one address of clients: routes the public paths to the services and spreads them over the
 * replicas.
 */
public final class FrontDoor implements AutoCloseable {

  /** Who serves which paths; the longest match wins. */
  private static final Map<Role, List<String>> PATHS =
      Map.of(
          Role.INTAKE,
              List.of(
                  "/api/v1",
                  "/openapi.json",
                  "/swagger-ui",
                  "/v3/api-docs",
                  "/.well-known/security.txt"),
          Role.QUOTA, List.of("/api/v1/usage"),
          Role.AUDIT,
              List.of(
                  "/api/v1/messages",
                  "/api/v1/admin/dead-letters",
                  "/api/v1/admin/log",
                  "/api/v1/admin/replays",
                  "/api/v1/admin/status",
                  "/api/v1/admin/unaccounted",
                  "/api/v1/admin/usage"));

  /** Intake answers within 10 s even when the broker is down; nothing else takes as long. */
  private static final Duration LONGEST_REQUEST = Duration.ofSeconds(60);

  /**
   * Shorter than the services keep an idle connection (75 s), so that no request goes into a
   * closing one.
   */
  private static final Duration IDLE_CONNECTION = Duration.ofSeconds(10);

  private final Undertow server;
  private final Map<Role, LoadBalancingProxyClient> backends;

  private FrontDoor(Undertow server, Map<Role, LoadBalancingProxyClient> backends) {
    this.server = server;
    this.backends = backends;
  }

  /** Opens on this port of the loopback interface. */
  public static FrontDoor open(int port) {
    return open(port, IDLE_CONNECTION);
  }

  /** Opens on this port or, where something listens there, on any other. */
  public static FrontDoor openPreferably(int preferred) {
    int port = preferred;
    while (true) {
      try {
        return open(port);
      } catch (UsageException taken) {
        port = FreePorts.next();
      }
    }
  }

  /** The same, with connections to the services that are closed when idle for so long. */
  static FrontDoor open(int port, Duration idle) {
    Map<Role, LoadBalancingProxyClient> backends = new EnumMap<>(Role.class);
    PathHandler paths = new PathHandler(exchange -> Problems.send(exchange, 404, "not_found"));
    PATHS.forEach((role, prefixes) -> {
      LoadBalancingProxyClient client = backend(idle);
      backends.put(role, client);
      HttpHandler proxy = proxy(client);
      prefixes.forEach(prefix -> paths.addPrefixPath(prefix, proxy));
    });
    Undertow server =
        Undertow.builder()
            .addHttpListener(port, "127.0.0.1")
            // Undertow's default is 2 MiB; the services have the limit that counts and a problem
            // that explains it.
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .setHandler(paths)
            .build();
    try {
      server.start();
    } catch (RuntimeException failure) {
      if (failure.getCause() instanceof BindException) {
        throw new UsageException(
            "port %d is taken: stop what listens there, or name another with --port"
                .formatted(port));
      }
      throw failure;
    }
    return new FrontDoor(server, backends);
  }

  private static LoadBalancingProxyClient backend(Duration idle) {
    return new LoadBalancingProxyClient()
        .setConnectionsPerThread(1_000)
        // More would be kept for ever, until their service closes them just as a POST is sent.
        .setSoftMaxConnectionsPerThread(0)
        .setTtl((int) idle.toMillis())
        .setProblemServerRetry(1);
  }

  private static HttpHandler proxy(LoadBalancingProxyClient client) {
    // The further tries are for requests that may be repeated (GET and the like), and for
    // connections
    // that were refused:
    // a POST that may have reached a backend is answered 503, never repeated.
    HttpHandler proxy =
        ProxyHandler.builder()
            .setProxyClient(client)
            .setMaxRequestTime((int) LONGEST_REQUEST.toMillis())
            .setMaxConnectionRetries(3)
            .build();
    return exchange -> {
      exchange.addDefaultResponseListener(FrontDoor::explain);
      // The proxy would cut off the path that the routing has matched.
      exchange.setResolvedPath("");
      proxy.handleRequest(exchange);
    };
  }

  /** The proxy ends an exchange without a body when no backend has answered it. */
  private static boolean explain(HttpServerExchange exchange) {
    return switch (exchange.getStatusCode()) {
      case 503 -> {
        exchange.getResponseHeaders().put(Headers.RETRY_AFTER, "1");
        Problems.send(exchange, 503, "unavailable");
        yield true;
      }
      case 504 -> {
        Problems.send(exchange, 504, "timeout");
        yield true;
      }
      default -> false;
    };
  }

  public URI url() {
    InetSocketAddress address =
        (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /** From now on this replica gets its share; the worker has no public paths. */
  void add(Role role, URI replica) {
    LoadBalancingProxyClient client = backends.get(role);
    if (client != null) {
      client.addHost(replica);
    }
  }

  void remove(Role role, URI replica) {
    LoadBalancingProxyClient client = backends.get(role);
    if (client != null) {
      client.removeHost(replica);
    }
  }

  @Override
  public void close() {
    server.stop();
  }
}
