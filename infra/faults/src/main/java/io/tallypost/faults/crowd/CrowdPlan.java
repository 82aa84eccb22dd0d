package io.tallypost.faults.crowd;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whom a {@link Crowd} troubles, and with which keys; a line of JSON between processes.
 *
 * @param stub whether it talks to a server in its own process instead: what it takes of the machine
 *     by itself
 * @param seconds after which it ends in any case
 * @param uploadKey sends mail, slowly
 * @param adminKey makes keys of its tenant
 * @param overLimitKeys have small daily limits
 * @param searchKeys read
 */
public record CrowdPlan(
    boolean stub,
    int seconds,
    URI intake,
    URI quota,
    URI audit,
    String uploadKey,
    String adminKey,
    List<String> overLimitKeys,
    List<String> searchKeys) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_SECONDS = 600;
  private static final int MOST_KEYS = 100;

  public CrowdPlan {
    check(seconds > 0 && seconds <= MOST_SECONDS, "seconds must be 1 to " + MOST_SECONDS);
    Stream.of(intake, quota, audit)
        .forEach(url -> check(isOnThisMachine(url), "not a URL of this machine: " + url));
    check(uploadKey != null && adminKey != null, "a key is missing");
    check(overLimitKeys != null && isSome(overLimitKeys), "1 to 100 overLimitKeys are needed");
    check(searchKeys != null && isSome(searchKeys), "1 to 100 searchKeys are needed");
    overLimitKeys = List.copyOf(overLimitKeys);
    searchKeys = List.copyOf(searchKeys);
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static boolean isSome(List<String> keys) {
    return !keys.isEmpty() && keys.size() <= MOST_KEYS;
  }

  /** By its address, so that nobody need be asked what a name means. */
  private static boolean isOnThisMachine(URI url) {
    return url != null
        && "http".equals(url.getScheme())
        && url.getHost() != null
        && url.getPort() > 0
        && InetAddress.ofLiteral(url.getHost()).isLoopbackAddress();
  }

  /**
   * Reads one.
   *
   * @throws RuntimeException if it is none
   */
  static CrowdPlan parse(String line) {
    return JSON.readValue(line, CrowdPlan.class);
  }

  String json() {
    return JSON.writeValueAsString(this);
  }

  /** The same crowd, at a server in its own process. */
  public CrowdPlan stubbed() {
    return new CrowdPlan(
        true, seconds, intake, quota, audit, uploadKey, adminKey, overLimitKeys, searchKeys);
  }

  /** The same with this server as every service. */
  CrowdPlan against(URI server) {
    return new CrowdPlan(
        stub, seconds, server, server, server, uploadKey, adminKey, overLimitKeys, searchKeys);
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return "CrowdPlan[stub=%s, seconds=%d]".formatted(stub, seconds);
  }
}
