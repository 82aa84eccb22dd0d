package io.tallypost.delivery.smtp;

import io.tallypost.relays.InternalAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the address under a relay's name, each time anew: names move. */
public enum HostLookup {
  /** For relays of the worker's own settings. */
  ANYWHERE,
  /** For relays that tenants name: they must not lead to the machine itself or its platform. */
  NOT_INTERNAL;

  /** The name leads where it must not. */
  static final class InternalAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    InternalAddressException() {
      super("the relay's name leads to an internal address");
    }
  }

  /**
   * Looks a name up.
   *
   * @throws UnknownHostException if there is no address
   * @throws InternalAddressException if one of its addresses is forbidden
   */
  InetAddress find(String host) throws IOException {
    List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
    if (this == NOT_INTERNAL && addresses.stream().anyMatch(InternalAddresses::contains)) {
      throw new InternalAddressException();
    }
    return addresses.getFirst();
  }
}
