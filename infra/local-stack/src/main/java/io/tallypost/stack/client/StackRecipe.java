package io.tallypost.stack.client;

import io.tallypost.stack.smtp.SmtpSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How to start a stack.
 *
 * @param root the root of the repository, built
 * @param directory an own folder for its data, logs and stack.json
 * @param arguments options of {@code bin/stack}
 * @param environment settings of the services, by their environment variables
 */
public record StackRecipe(
    Path root, Path directory, List<String> arguments, Map<String, String> environment) {
  public StackRecipe {
    root = root.toAbsolutePath().normalize();
    directory = directory.toAbsolutePath().normalize();
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** A stack of one process of each part, whose first mail is not the caller's. */
  public static StackRecipe in(Path root, Path directory) {
    return new StackRecipe(root, directory, List.of("--no-demo"), Map.of());
  }

  /** With these options of {@code bin/stack}, for example {@code "--workers", "3"}. */
  public StackRecipe with(String... options) {
    List<String> more = new ArrayList<>(arguments);
    more.addAll(List.of(options));
    return new StackRecipe(root, directory, more, environment);
  }

  /** With this setting of the services. */
  public StackRecipe set(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new StackRecipe(root, directory, arguments, more);
  }

  /** With this sink as the relay, so that its owner decides the answers. */
  public StackRecipe relay(SmtpSink sink) {
    return relay(sink.host(), sink.port());
  }

  /** With this SMTP server as the relay. */
  public StackRecipe relay(String host, int port) {
    return with("--smtp", host + ":" + port);
  }

  Path script() {
    return root.resolve("infra/local-stack/bin/stack");
  }
}
