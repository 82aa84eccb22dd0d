package io.tallypost.faults.crowd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.Executors;

/** A server that refuses everything, for next to nothing. */
final class CrowdStub {
  private static final byte[] REFUSAL =
      "{\"code\":\"rate_limited\",\"status\":429}".getBytes(US_ASCII);

  private CrowdStub() {}

  /** Its address; it ends with the process. */
  static URI start() throws IOException {
    // By default it would close all connections but 200 when it has answered.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "5000");
    // Nor does it wait for the rest of a slow upload that it has refused.
    System.setProperty("sun.net.httpserver.drainAmount", "0");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    server.createContext("/", CrowdStub::refuse);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static void refuse(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(429, REFUSAL.length);
      exchange.getResponseBody().write(REFUSAL);
    }
  }
}
