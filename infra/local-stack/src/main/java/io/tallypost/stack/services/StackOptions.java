package io.tallypost.stack.services;

import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
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
public record StackOptions(
    Map<Role, Integer> counts,
    int brokers,
    Optional<Relay> smtp,
    Path data,
    Optional<Integer> port,
    Optional<Integer> postgresPort,
    boolean demo,
    boolean packed,
    boolean train) {

  public StackOptions {
    counts = Map.copyOf(counts);
    if (brokers != 1 && brokers != 3) {
      throw new UsageException("--brokers is 1 or 3, not " + brokers);
    }
  }

  /** An SMTP server without encryption. */
  public record Relay(String host, int port) {

    public static Relay parse(String text) {
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
          host, WholeNumber.parse("the port of --smtp", text.substring(colon + 1), 1, 65_535));
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

  public int count(Role role) {
    return counts.getOrDefault(role, 1);
  }
}
