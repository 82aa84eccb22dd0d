package io.tallypost.stack.launcher;

import io.tallypost.stack.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * {@code stack rebuild-audit}: stops audit, lets it project its log anew from the topics, and
 * starts it again.
 */
record RebuildCommand(Path data) {

  static RebuildCommand parse(List<String> words, Path defaultData) {
    Arguments arguments = new Arguments(words);
    Path data = defaultData;
    while (!arguments.isEmpty()) {
      String flag = arguments.next();
      if (!flag.equals("--data")) {
        throw new UsageException("unknown argument " + flag + "; see stack --help");
      }
      data = Path.of(arguments.valueOf(flag));
    }
    return new RebuildCommand(data.toAbsolutePath());
  }

  /** The exit code of the process that rebuilds, which says on the console what it does. */
  int run(Path root, Console console) {
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
      return rebuild(root, stack);
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
