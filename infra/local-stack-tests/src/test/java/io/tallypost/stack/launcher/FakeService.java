package io.tallypost.stack.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;

/** Stands in for every service: ready at once, with an API that knows one mail. */
public final class FakeService {

  private static final String MAIL =
      """
      {"id": "1", "internet_message_id": "<1@tallypost.test>", "status": "%s", "trace_id": "4bf92f",
       "timeline": [{"at": "2026-01-01T00:00:00Z", "event": "accepted"}]}\
      """;

  private FakeService() {}

  public static void main(String[] args) throws IOException {
    Map<String, String> settings = System.getenv();
    if (settings.containsKey("FAKE_FAILURE")) {
      System.err.println("cannot start: " + settings.get("FAKE_FAILURE"));
      System.exit(1);
    }
    if (settings.containsKey("OPERATOR_KEY_FILE")) {
      Files.writeString(Path.of(settings.get("OPERATOR_KEY_FILE")), "sk_live_operator\n");
    }
    serve(settings.getOrDefault("MANAGEMENT_PORT", "0"), exchange -> answer(exchange, 200, "{}"));
    serve(settings.getOrDefault("SERVER_PORT", "0"), FakeService::api);
    System.out.println("started");
  }

  private static void api(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    switch (exchange.getRequestURI().getPath()) {
      case "/api/v1/admin/api-keys" ->
          answer(exchange, 201, "{\"api_key\": \"sk_live_demo\", \"asked\": " + body + "}");
      case "/api/v1/send" -> answer(exchange, 202, MAIL.formatted("approved"));
      case "/api/v1/messages/1" -> answer(exchange, 200, MAIL.formatted("delivered"));
      default -> answer(exchange, 200, Long.toString(ProcessHandle.current().pid()));
    }
  }

  private static void serve(String port, HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)), 0);
    server.createContext("/", handler);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
