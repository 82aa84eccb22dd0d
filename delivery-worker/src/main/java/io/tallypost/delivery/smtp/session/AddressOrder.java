package io.tallypost.delivery.smtp.session;

import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The order in which a relay's addresses are tried. One that does not answer uses up the attempt's
 * time: it comes last at the next one.
 */
public final class AddressOrder {
  /** Those that were silent, the last one last. */
  private final Set<InetAddress> silent = new LinkedHashSet<>();

  /** Those that the relay's name has now, in the order in which they are tried. */
  synchronized List<InetAddress> of(List<InetAddress> found) {
    silent.retainAll(found);
    return Stream.concat(
            found.stream().filter(one -> !silent.contains(one)), List.copyOf(silent).stream())
        .toList();
  }

  synchronized void wasSilent(InetAddress address) {
    silent.remove(address);
    silent.add(address);
  }
}
