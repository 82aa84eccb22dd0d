package io.tallypost.delivery.smtp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** The JVM's resolver, but that one name is never answered for, and some threads never at all. */
public final class HangingNames extends InetAddressResolverProvider {
  static final String HANGING = "relay.hangs.test";

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
