package io.tallypost.stack.control;

import io.tallypost.stack.cli.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code stack.json}: which parts run where, for scripts. */
public final class StackFile {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private StackFile() {}

  public static Path in(Path data) {
    return data.resolve("stack.json");
  }

  public static void write(Path data, Object description) {
    PrivateFile.write(
        in(data), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(description) + "\n");
  }

  public static JsonNode read(Path data) {
    try {
      return JSON.readTree(Files.readString(in(data)));
    } catch (IOException missing) {
      throw new UsageException("no stack runs on %s: start it with `make run`".formatted(data));
    }
  }

  public static void remove(Path data) {
    try {
      Files.deleteIfExists(in(data));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
