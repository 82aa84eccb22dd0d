package io.tallypost.benchmark.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory that the chart gives a service by default, and the part that the image makes the heap.
 */
public record ChartMemory(int megabytes) {
  /** {@code -XX:MaxRAMPercentage} of infra/docker/Dockerfile. */
  private static final int HEAP_PERCENT = 70;

  private static final Pattern SERVICE = Pattern.compile("([a-z]+):");
  private static final Pattern LIMIT = Pattern.compile("\\s+limits: \\{memory: ([0-9]+)(Mi|Gi)}");

  /** Of each service, by its name in values.yaml. */
  public static Map<String, ChartMemory> read(Path root) throws IOException {
    Map<String, ChartMemory> found = new LinkedHashMap<>();
    String service = "";
    for (String line : Files.readAllLines(root.resolve("helm/tallypost/values.yaml"))) {
      Matcher begins = SERVICE.matcher(line);
      Matcher limit = LIMIT.matcher(line);
      if (begins.lookingAt()) {
        service = begins.group(1);
      } else if (limit.matches() && BenchmarkStack.SERVICES.contains(service)) {
        int unit = limit.group(2).equals("Gi") ? 1024 : 1;
        found.put(service, new ChartMemory(Integer.parseInt(limit.group(1)) * unit));
      }
    }
    if (!found.keySet().containsAll(BenchmarkStack.SERVICES)) {
      throw new IOException("values.yaml has no limits: {memory: …} for each service");
    }
    return found;
  }

  public int heapMegabytes() {
    return megabytes * HEAP_PERCENT / 100;
  }
}
