package io.tallypost.benchmark.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The CPU that processes have used so far, from {@code /proc/<pid>/stat} (proc_pid_stat(5)).
 *
 * @param byName user and system time of each part
 */
public record CpuTimes(Map<String, Duration> byName) {
  /** USER_HZ, which is 100 on every Linux of today. */
  private static final long TICK_MILLIS = 10;

  private static final int UTIME = 11;
  private static final int STIME = 12;
  private static final int CUTIME = 13;
  private static final int CSTIME = 14;

  /**
   * Reads them.
   *
   * @param pids the process of each part
   * @param trees the parts that are a process and its children
   */
  public static CpuTimes of(Map<String, Long> pids, Set<String> trees) {
    Map<String, Duration> times = new LinkedHashMap<>();
    pids.forEach((name, pid) ->
        times.put(name, trees.contains(name) ? ofTree(pid) : read(pid, List.of(UTIME, STIME))));
    return new CpuTimes(times);
  }

  public CpuTimes since(CpuTimes before) {
    Map<String, Duration> spent = new LinkedHashMap<>();
    byName.forEach((name, time) ->
        spent.put(name, time.minus(before.byName().getOrDefault(name, Duration.ZERO))));
    return new CpuTimes(spent);
  }

  public Duration of(String name) {
    return byName.getOrDefault(name, Duration.ZERO);
  }

  /** A process with its living children, and those that have ended and were waited for. */
  private static Duration ofTree(long pid) {
    Duration own = read(pid, List.of(UTIME, STIME, CUTIME, CSTIME));
    return ProcessHandle.of(pid).stream()
        .flatMap(ProcessHandle::descendants)
        .map(child -> read(child.pid(), List.of(UTIME, STIME)))
        .reduce(own, Duration::plus);
  }

  private static Duration read(long pid, List<Integer> fields) {
    try {
      return parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat")), fields);
    } catch (NoSuchFileException ended) {
      return Duration.ZERO;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The sum of some fields, counted from after the name, which may contain blanks and brackets. */
  public static Duration parse(String stat, List<Integer> fields) {
    String[] values = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
    return Duration.ofMillis(
        TICK_MILLIS * fields.stream().mapToLong(field -> Long.parseLong(values[field])).sum());
  }
}
