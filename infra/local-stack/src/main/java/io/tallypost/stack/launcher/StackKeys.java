package io.tallypost.stack.launcher;

import io.tallypost.stack.control.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/**
 * The API keys of a stack.
 *
 * @param admin the operator's
 * @param api one for sending
 */
record StackKeys(String admin, String api) {

  private static final int DEMO_LIMIT = 1_000;

  static Path operatorFile(Path data) {
    return data.resolve("operator.key");
  }

  /**
   * The operator's key is made by intake at the first start; with it, the launcher makes one for
   * sending.
   */
  static StackKeys make(Path data, Api api) {
    Path operatorKey = operatorFile(data);
    Path demoKey = data.resolve("demo.key");
    try {
      if (!Files.exists(operatorKey)) {
        throw new IllegalStateException(
            "intake has written no operator key to %s: if its data is older, remove %s"
                .formatted(operatorKey, data));
      }
      String admin = Files.readString(operatorKey).strip();
      if (!Files.exists(demoKey)) {
        String name = "demo-" + Long.toString(System.currentTimeMillis(), 36);
        JsonNode made = api.createKey(admin, name, DEMO_LIMIT);
        PrivateFile.write(demoKey, made.path("api_key").asString() + "\n");
      }
      return new StackKeys(admin, Files.readString(demoKey).strip());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public String toString() {
    return "StackKeys[admin=…, api=…]";
  }
}
