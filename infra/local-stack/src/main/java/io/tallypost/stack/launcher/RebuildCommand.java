package io.tallypost.stack.launcher;

import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.cli.Console;
import io.tallypost.stack.cli.Program;
import io.tallypost.stack.control.Control;
import io.tallypost.stack.control.StackFile;
import io.tallypost.stack.services.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code stack rebuild-audit}. */
@Command(
    name = "rebuild-audit",
    description =
        "Stops audit, projects the send log anew from the topics, and starts audit again.")
final class RebuildCommand implements Callable<Integer> {

  @Mixin private DataOption option = new DataOption();

  /** The exit code of the process that rebuilds, which says on the console what it does. */
  @Override
  public Integer call() {
    Path data = option.data();
    Console console = new Console(System.out);
    JsonNode stack = StackFile.read(data);
    List<String> numbers =
        stack
            .path("services")
            .valueStream()
            .filter(service -> service.path("role").asString().equals(Role.AUDIT.word()))
            .map(service -> service.path("number").asString())
            .toList();
    numbers.forEach(number -> console.line(Control.send(data, "stop", Role.AUDIT.word(), number)));
    try {
      return rebuild(Program.root(), stack);
    } finally {
      numbers.forEach(
          number -> console.line(Control.send(data, "start", Role.AUDIT.word(), number)));
    }
  }

  private static int rebuild(Path root, JsonNode stack) {
    List<String> command =
        new ArrayList<>(
            List.of(ChildProcess.java(), Role.AUDIT.heap(), "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-jar", root.resolve(Role.AUDIT.jar()).toString(), "--rebuild"));
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    JsonNode postgres = stack.path("postgres");
    Map<String, String> settings =
        Map.of(
            "KAFKA_BOOTSTRAP_SERVERS", stack.path("kafka").path("bootstrap").asString(),
            "DATABASE_URL", postgres.path("jdbc").asString(),
            "DATABASE_USER", postgres.path("user").asString(),
            "DATABASE_PASSWORD", postgres.path("password").asString());
    process.environment().putAll(settings);
    try {
      return process.start().waitFor();
    } catch (IOException failure) {
      throw new IllegalStateException("audit cannot be started", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
