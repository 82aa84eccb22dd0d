package io.tallypost.stack.services;

import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.FreePorts;
import io.tallypost.stack.Patience;
import io.tallypost.stack.rest.RestClient;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One process of a role, numbered from 1 within it. */
public record ServiceProcess(Role role, int number, ChildProcess process, URI api, URI management) {

  private static final Duration READY_PATIENCE = Duration.ofMinutes(4);

  private static final String EHLO_NAME = "TALLYPOST_DELIVERY_RELAY_EHLO_NAME";

  /** The longest graceful stop (30 s) and a little. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(35);

  static ServiceProcess start(
      Role role, int number, ServiceJar jar, Map<String, String> environment, Path logs) {
    int port = FreePorts.next();
    int managementPort = FreePorts.next();
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("SERVER_PORT", Integer.toString(port));
    variables.put("MANAGEMENT_PORT", Integer.toString(managementPort));
    if (role == Role.WORKER && System.getenv(EHLO_NAME) == null) {
      // The sink's side of a conversation shows which worker is talking.
      variables.put(EHLO_NAME, "worker-%d.tallypost.test".formatted(number));
    }
    String name = role.word() + " " + number;
    List<String> command = new ArrayList<>(List.of(ChildProcess.java(), role.heap()));
    command.addAll(ChildProcess.javaOptions());
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(jar.command());
    Path log = logs.resolve("%s-%d.log".formatted(role.word(), number));
    return new ServiceProcess(
        role,
        number,
        ChildProcess.start(name, command, variables, log),
        local(port),
        local(managementPort));
  }

  private static URI local(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  public String name() {
    return process.name();
  }

  /**
   * Waits until the service says that it is ready, and fails with its log when it ends before or
   * takes too long.
   */
  void awaitReady() {
    boolean ready =
        Patience.first(
                READY_PATIENCE,
                () ->
                    process.isAlive() && !isReady()
                        ? Optional.empty()
                        : Optional.of(process.isAlive()))
            .orElse(false);
    if (!ready) {
      throw process.failure("was not ready within " + READY_PATIENCE.toSeconds() + " s");
    }
  }

  private boolean isReady() {
    try {
      return RestClient.of(management.toString())
              .within(Duration.ofSeconds(5))
              .get("/health/readiness")
              .status()
          == 200;
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }

  /** SIGTERM; SIGKILL if the process does not end. */
  void stop() {
    if (!process.terminate(STOP_PATIENCE)) {
      process.kill();
    }
  }
}
