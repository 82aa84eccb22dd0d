package io.tallypost.stack.smtp.inbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** The inbox over HTTP, for other processes. */
public final class InboxServer implements AutoCloseable {

  private static final Pattern PARAMETER = Pattern.compile("(?:^|&)(since|limit)=(\\d{1,18})");
  private static final int DEFAULT_LIMIT = 1_000;

  private final Inbox inbox;
  private final HttpServer server;
  private final JsonMapper json = JsonMapper.builder().build();

  private InboxServer(Inbox inbox, HttpServer server) {
    this.inbox = inbox;
    this.server = server;
  }

  /** Serves the inbox on this port of the loopback interface, 0 for a free one. */
  public static InboxServer start(Inbox inbox, int port) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      InboxServer inboxServer = new InboxServer(inbox, server);
      server.createContext("/", inboxServer::handle);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return inboxServer;
    } catch (IOException failure) {
      throw new IllegalStateException(
          "cannot listen on port %d: %s".formatted(port, failure.getMessage()), failure);
    }
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      URI uri = exchange.getRequestURI();
      switch (exchange.getRequestMethod() + " " + uri.getPath()) {
        case "GET /messages" -> answer(exchange, list(uri));
        case "GET /count" ->
            answer(exchange, Map.of("received", inbox.received(), "kept", inbox.mails().size()));
        case "DELETE /messages" -> {
          inbox.clear();
          exchange.sendResponseHeaders(204, -1);
        }
        default -> message(exchange, uri.getPath());
      }
    }
  }

  private Object list(URI uri) {
    return inbox
        .since(parameter(uri, "since", 0), (int) parameter(uri, "limit", DEFAULT_LIMIT))
        .stream()
        .map(InboxServer::summary)
        .toList();
  }

  private static Map<String, Object> summary(Inbox.Entry entry) {
    ReceivedMail mail = entry.mail();
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("id", entry.id());
    summary.put("received_at", mail.receivedAt().toString());
    summary.put("mail_from", mail.mailFrom());
    summary.put("recipients", mail.recipients());
    summary.put("message_id", MailHeaders.find(mail.raw(), "Message-ID").orElse(null));
    summary.put("subject", MailHeaders.find(mail.raw(), "Subject").orElse(null));
    summary.put("size", mail.size());
    summary.put("acknowledged", mail.acknowledged());
    return summary;
  }

  private static long parameter(URI uri, String name, long otherwise) {
    Matcher parameters = PARAMETER.matcher(Optional.ofNullable(uri.getQuery()).orElse(""));
    while (parameters.find()) {
      if (parameters.group(1).equals(name)) {
        return Math.min(Integer.MAX_VALUE, Long.parseLong(parameters.group(2)));
      }
    }
    return otherwise;
  }

  private void message(HttpExchange exchange, String path) throws IOException {
    Optional<ReceivedMail> mail =
        exchange.getRequestMethod().equals("GET") && path.matches("/messages/\\d{1,18}")
            ? inbox.mail(Long.parseLong(path.substring("/messages/".length())))
            : Optional.empty();
    if (mail.isPresent()) {
      answer(exchange, "message/rfc822", mail.get().raw());
    } else {
      exchange.sendResponseHeaders(404, -1);
    }
  }

  private void answer(HttpExchange exchange, Object value) throws IOException {
    byte[] body = json.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
    answer(exchange, "application/json", body);
  }

  private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }
}
