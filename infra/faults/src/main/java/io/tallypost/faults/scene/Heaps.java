package io.tallypost.faults.scene;

import static java.util.Locale.ROOT;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.HeapHistogram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * What lives in the heaps of the services.
 *
 * @param bytes of the first process of each role, after a full collection
 */
public record Heaps(Map<String, Long> bytes) {

  /** While no mail is under way. */
  public static Heaps of(Scene scene) {
    scene.load().pause(true);
    Instant now = Instant.now();
    scene.await("all is answered", () -> !scene.load().isWaiting(now));
    scene.awaitRead();
    Map<String, Long> bytes = new TreeMap<>();
    Parallel.calls(
            Arena.ROLES.size(),
            Arena.ROLES.size(),
            i -> Map.entry(Arena.ROLES.get(i), liveBytes(scene, Arena.ROLES.get(i))))
        .forEach(one -> bytes.put(one.getKey(), one.getValue()));
    scene.load().pause(false);
    return new Heaps(bytes);
  }

  /** In a line. */
  public String since(Heaps before) {
    return bytes.entrySet().stream()
        .map(role ->
            String.format(
                ROOT,
                "%s %.1f to %.1f MB",
                role.getKey(),
                before.bytes.getOrDefault(role.getKey(), 0L) / 1e6,
                role.getValue() / 1e6))
        .collect(Collectors.joining(", "));
  }

  /** None may have grown by so much. */
  public void expectGrowth(Scene scene, Heaps before, long most) {
    bytes.forEach((role, now) -> {
      long grown = now - before.bytes.getOrDefault(role, 0L);
      scene.expect(grown < most, "%s's heap grew by %d bytes".formatted(role, grown));
    });
  }

  /** Of the first process of this role, after a full collection. */
  public static long liveBytes(Scene scene, String role) {
    return liveBytes(scene.stack().services(role).getFirst());
  }

  public static long liveBytes(JsonNode service) {
    try {
      return HeapHistogram.of(service.path("pid").asLong()).bytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
