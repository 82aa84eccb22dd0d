package io.tallypost.deployment.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A service as it is released, run as a process that ends by itself. */
record ServiceJar(String name) {

  record Run(int exitCode, String output) {}

  Run run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    Path jar = Path.of("..", "..", name, "target", name + ".jar").toAbsolutePath().normalize();
    // Unpacked, as in its image, and with the image's kind of cache if there is one.
    command.addAll(io.tallypost.stack.services.ServiceJar.unpacked(jar).command());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Ports that nothing else has; no service gets as far as to need them.
    builder.environment().putAll(Map.of("SERVER_PORT", "0", "MANAGEMENT_PORT", "0"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }
}
