package io.tallypost.delivery.smtp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * The JVM's resolver, but that one name is never answered for, one has two machines, and some
 * threads get no answer at all.
 */
public final class HangingNames extends InetAddressResolverProvider {
  static final String HANGING = "relay.hangs.test";

  /** Has the address {@link #FIRST_MACHINE}, then the one at which sinks listen. */
  static final String TWO_MACHINES = "relay.two-machines.test";

  static final InetAddress FIRST_MACHINE = InetAddress.ofLiteral("127.0.0.9");

  private static final Set<Thread> MUTE_FOR = ConcurrentHashMap.newKeySet();

  /** The resolver answers this thread nothing any more. */
  public static void muteForThisThread() {
    MUTE_FOR.add(Thread.currentThread());
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver usual = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        if (host.equals(HANGING) || MUTE_FOR.contains(Thread.currentThread())) {
          hang();
        }
        if (host.equals(TWO_MACHINES)) {
          return Stream.of(FIRST_MACHINE, InetAddress.ofLiteral("127.0.0.1"));
        }
        return usual.lookupByName(host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return usual.lookupByAddress(address);
      }
    };
  }

  private static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String name() {
    return "hanging names";
  }
}
