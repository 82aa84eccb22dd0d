package io.tallypost.stack.launcher;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to start.
 *
 * @param counts how many processes of each role
 * @param brokers 1 or 3
 * @param smtp a server on this machine to send to instead of our sink
 * @param data the folder of all data, logs and stack.json
 * @param port the front door's port; none: 8080 when it is free, else a free one
 * @param postgresPort PostgreSQL's port; none: a free one
 * @param demo whether to send a first mail
 * @param packed whether to start the services from their jars as they were built
 * @param train whether to make, in the background, the caches for quicker starts
 */
record StackOptions(
    Map<Role, Integer> counts,
    int brokers,
    Optional<Relay> smtp,
    Path data,
    Optional<Integer> port,
    Optional<Integer> postgresPort,
    boolean demo,
    boolean packed,
    boolean train) {

  private static final int MAX_PROCESSES = 32;

  /** An SMTP server without encryption. */
  record Relay(String host, int port) {

    static Relay parse(String text) {
      int colon = text.lastIndexOf(':');
      if (colon < 1) {
        throw new UsageException("--smtp wants HOST:PORT, not " + text);
      }
      String host = text.substring(0, colon);
      if (!isLoopback(host)) {
        throw new UsageException(
            "--smtp sends in clear, so the server must be on this machine (127.0.0.1), not "
                + host);
      }
      return new Relay(
          host, Arguments.number("the port of --smtp", text.substring(colon + 1), 1, 65_535));
    }

    @SuppressWarnings(
        "AddressSelection") // Every address of a name of this machine is a loopback one.
    private static boolean isLoopback(String host) {
      try {
        return InetAddress.getByName(host).isLoopbackAddress();
      } catch (UnknownHostException unknown) {
        return false;
      }
    }
  }

  static StackOptions parse(List<String> words, Path defaultData) {
    Arguments arguments = new Arguments(words);
    Map<Role, Integer> counts = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      counts.put(role, 1);
    }
    int brokers = 1;
    Optional<Relay> smtp = Optional.empty();
    Optional<Integer> port = Optional.empty();
    Optional<Integer> postgresPort = Optional.empty();
    Path data = defaultData;
    boolean demo = true;
    boolean packed = false;
    boolean train = false;
    while (!arguments.isEmpty()) {
      String flag = arguments.next();
      switch (flag) {
        case "--intakes" -> counts.put(Role.INTAKE, arguments.numberOf(flag, 1, MAX_PROCESSES));
        case "--quotas" -> counts.put(Role.QUOTA, arguments.numberOf(flag, 1, MAX_PROCESSES));
        case "--workers" -> counts.put(Role.WORKER, arguments.numberOf(flag, 1, MAX_PROCESSES));
        case "--audits" -> counts.put(Role.AUDIT, arguments.numberOf(flag, 1, MAX_PROCESSES));
        case "--brokers" -> brokers = brokers(arguments.numberOf(flag, 1, 3));
        case "--smtp" -> smtp = Optional.of(Relay.parse(arguments.valueOf(flag)));
        case "--port" -> port = Optional.of(arguments.numberOf(flag, 1, 65_535));
        case "--postgres-port" -> postgresPort = Optional.of(arguments.numberOf(flag, 1, 65_535));
        case "--data" -> data = Path.of(arguments.valueOf(flag));
        case "--no-demo" -> demo = false;
        case "--packed" -> packed = true;
        case "--train" -> train = true;
        default -> throw new UsageException("unknown argument " + flag + "; see stack --help");
      }
    }
    return new StackOptions(
        Map.copyOf(counts),
        brokers,
        smtp,
        data.toAbsolutePath(),
        port,
        postgresPort,
        demo,
        packed,
        train);
  }

  private static int brokers(int number) {
    if (number == 2) {
      throw new UsageException("--brokers is 1 or 3, not 2");
    }
    return number;
  }

  int count(Role role) {
    return counts.getOrDefault(role, 1);
  }
}
