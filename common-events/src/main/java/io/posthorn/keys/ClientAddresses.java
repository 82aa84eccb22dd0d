package io.posthorn.keys;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Finds a client's address. {@code X-Forwarded-For} is believed only as far as proxies that are
 * named in the settings have written it: it is read from its end, each proxy's entry vouching for
 * the one before.
 */
final class ClientAddresses {
  private static final String FORWARDED_FOR = "X-Forwarded-For";

  private final List<AddressRange> trustedProxies;

  ClientAddresses(List<AddressRange> trustedProxies) {
    this.trustedProxies = trustedProxies;
  }

  String of(HttpServletRequest request) {
    String client = request.getRemoteAddr();
    for (String before : forwarded(request)) {
      if (!isTrusted(client) || !AddressRange.isAddress(before)) {
        return client;
      }
      client = before;
    }
    return client;
  }

  private boolean isTrusted(String address) {
    return trustedProxies.stream().anyMatch(range -> range.contains(address));
  }

  /** All entries of all such headers, the last first. */
  private static List<String> forwarded(HttpServletRequest request) {
    return Collections.list(request.getHeaders(FORWARDED_FOR)).stream()
        .flatMap(header -> Arrays.stream(header.split(",")))
        .map(String::strip)
        .toList()
        .reversed();
  }
}
