package io.tallypost.stack.control;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tallypost.stack.PartFailedException;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.rest.RestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * How other processes of this user speak to the launcher: HTTP on the loopback interface, with a
 * token in a file.
 */
public final class Control implements AutoCloseable {

  private static final String FILE = "control";

  /** Longer than any part takes to start or to stop. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final HttpServer server;
  private final Path data;
  private final String token;
  private final Function<ControlCommand, String> stack;

  private Control(
      HttpServer server, Path data, String token, Function<ControlCommand, String> stack) {
    this.server = server;
    this.data = data;
    this.token = token;
    this.stack = stack;
  }

  /**
   * Listens on a free port, which it writes into the folder of all data with its token.
   *
   * @param stack runs a command and returns one line about what it did
   */
  public static Control open(Path data, Function<ControlCommand, String> stack) throws IOException {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    String token = HexFormat.of().formatHex(secret);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Control control = new Control(server, data, token, stack);
    server.createContext("/", control::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    PrivateFile.write(
        data.resolve(FILE),
        "http://127.0.0.1:%d\n%s\n".formatted(server.getAddress().getPort(), token));
    return control;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String given =
          Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
      if (!MessageDigest.isEqual(bytes("Bearer " + token), bytes(given))) {
        answer(exchange, 401, "wrong token");
        return;
      }
      String words = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      try {
        answer(exchange, 200, stack.apply(command(List.of(words.split(" ", -1)))));
      } catch (UsageException | PartFailedException | IllegalStateException refused) {
        answer(exchange, 409, String.valueOf(refused.getMessage()));
      }
    }
  }

  private ControlCommand command(List<String> words) {
    ControlCommand.Action action =
        ControlCommand.Action.valueOf(words.getFirst().toUpperCase(Locale.ROOT));
    return ControlCommand.of(action, words.subList(1, words.size()), data);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    // A command must not go into a connection that is being closed because it was idle.
    exchange.getResponseHeaders().set("Connection", "close");
    exchange.sendResponseHeaders(status, 0);
    exchange.getResponseBody().write(bytes(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Runs {@code start|stop|kill PART [N]} on the stack of this data, and returns one line about
   * what it did.
   *
   * @throws RuntimeException if it failed, with the reason
   */
  public static String send(Path data, String action, String... words) {
    ControlCommand.Action named = ControlCommand.Action.valueOf(action.toUpperCase(Locale.ROOT));
    return send(ControlCommand.of(named, List.of(words), data));
  }

  /** Sends a command to the launcher that runs on the command's data; its answer in one line. */
  public static String send(ControlCommand command) {
    UsageException notRunning =
        new UsageException(
            "no stack runs on %s: start it with `make run`".formatted(command.data()));
    try {
      List<String> address = Files.readAllLines(command.data().resolve(FILE));
      String words =
          command.action().name().toLowerCase(Locale.ROOT)
              + " "
              + command.part()
              + command.number().map(number -> " " + number).orElse("");
      RestClient.Answer answer =
          RestClient.of(address.getFirst())
              .within(LONGEST)
              .with("Authorization", "Bearer " + address.get(1))
              .exchange("POST", "/", BodyPublishers.ofString(words));
      if (answer.status() != 200) {
        throw new UsageException(answer.text());
      }
      return answer.text();
    } catch (IOException | UncheckedIOException unreachable) {
      notRunning.initCause(unreachable);
      throw notRunning;
    }
  }

  @Override
  public void close() {
    server.stop(0);
    try {
      Files.deleteIfExists(data.resolve(FILE));
    } catch (IOException left) {
      // The next launcher overwrites it.
    }
  }
}
