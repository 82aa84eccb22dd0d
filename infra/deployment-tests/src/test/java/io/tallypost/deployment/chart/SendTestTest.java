package io.tallypost.deployment.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code helm test} runs, run here against answers as the API gives them. */
class SendTestTest {
  private static final String ACCEPTED =
      "{\"id\":\"0199-7\",\"internet_message_id\":\"<0199-7@tallypost.test>\",\"status\":\"approved\"}";

  private final Queue<String> states = new ArrayDeque<>();
  private final Queue<String> sent = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  private record Run(int exitCode, String output) {}

  SendTestTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void listen() {
    server.createContext(
        "/",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          String answer =
              switch (exchange.getRequestURI().getPath()) {
                case "/api/v1/send" -> {
                  sent.add(body);
                  yield ACCEPTED;
                }
                case "/api/v1/health" -> "{\"status\":\"healthy\"}";
                default -> states.size() > 1 ? states.poll() : states.peek();
              };
          byte[] bytes = String.valueOf(answer).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void endsWellOnceTheMailIsDelivered() throws Exception {
    states.addAll(List.of("{\"code\":\"not_found\"}", state("approved"), state("delivered")));

    Run run = run(Map.of("API_KEY", "sk_test_1_x"));

    assertThat(run.exitCode()).as(run.output()).isZero();
    assertThat(run.output()).contains("accepted as 0199-7", "delivered");
    assertThat(sent)
        .singleElement()
        .asString()
        .contains("\"to\": \"delivered@simulator.tallypost.test\"", "\"from\": \"helm-test@");
  }

  /** As the chart hands it over. */
  @Test
  void readsItsKeyFromAFile(@TempDir Path folder) throws Exception {
    states.add(state("delivered"));
    Path file = Files.writeString(folder.resolve("api-key"), "sk_test_1_x\n");

    Run run = run(Map.of("API_KEY_FILE", file.toString()));

    assertThat(run.exitCode()).as(run.output()).isZero();
    assertThat(sent).hasSize(1);
  }

  @Test
  void endsBadlyWhenTheMailFails() throws Exception {
    states.add(state("failed"));

    assertThat(run(Map.of("API_KEY", "sk_test_1_x")).exitCode()).isEqualTo(1);
  }

  @Test
  void sendsNothingWithALiveKey() throws Exception {
    assertThat(run(Map.of("API_KEY", "sk_live_1_x")).exitCode()).isEqualTo(1);
    assertThat(sent).isEmpty();
  }

  @Test
  void looksAtTheHealthWithoutAKey() throws Exception {
    Run run = run(Map.of());

    assertThat(run.exitCode()).as(run.output()).isZero();
    assertThat(run.output()).contains("healthy");
    assertThat(sent).isEmpty();
  }

  @Test
  void isRunByHelm() {
    assertThat(Chart.read(Chart.DIRECTORY.resolve("templates/tests/send.yaml")))
        .contains("helm.sh/hook: test\n");
  }

  /** The state of all comes before that of each recipient. */
  private static String state(String status) {
    return "{\"id\":\"0199-7\",\"status\":\"%s\",\"recipients\":[{\"status\":\"approved\"}]}"
        .formatted(status);
  }

  private Run run(Map<String, String> key) throws IOException, InterruptedException {
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    var container =
        Chart.rendered("trial").all(Pod.class).getFirst().getSpec().getContainers().getFirst();
    Map<String, String> environment = new HashMap<>();
    container
        .getEnv()
        .forEach(variable -> environment.put(variable.getName(), variable.getValue()));
    assertThat(environment)
        .containsEntry("INTAKE", "http://tallypost-intake-service:8080")
        .containsEntry("AUDIT", "http://tallypost-audit-service:8080");
    environment.putAll(Map.of("INTAKE", url, "AUDIT", url, "PAUSE", "0", "NO_PROXY", "*"));
    environment.putAll(key);
    var shell =
        new ProcessBuilder("/bin/sh", "-c", container.getArgs().getFirst())
            .redirectErrorStream(true);
    shell.environment().putAll(environment);
    Process process = shell.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }
}
