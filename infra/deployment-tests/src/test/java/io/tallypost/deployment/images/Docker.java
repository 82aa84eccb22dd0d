package io.tallypost.deployment.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The docker command on this machine. */
final class Docker {
  private Docker() {}

  record Result(int code, String output) {}

  /**
   * Runs it in a folder and waits.
   *
   * @throws IllegalStateException with what it said, when it fails
   */
  static String run(Path folder, List<String> arguments) {
    Result result = call(folder, arguments);
    if (result.code() != 0) {
      throw new IllegalStateException("docker " + arguments + " failed:\n" + result.output());
    }
    return result.output().strip();
  }

  static String run(String... arguments) {
    return run(Path.of("."), List.of(arguments));
  }

  /** Whether it does this; false also where there is no docker. */
  static boolean does(String... arguments) {
    try {
      return call(Path.of("."), List.of(arguments)).code() == 0;
    } catch (UncheckedIOException missing) {
      return false;
    }
  }

  private static Result call(Path folder, List<String> arguments) {
    List<String> command = Stream.concat(Stream.of("docker"), arguments.stream()).toList();
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.onExit().join().exitValue(), output);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
