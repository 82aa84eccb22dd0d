package io.tallypost.ids;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/** Makes the two kinds of UUID that Tallypost uses (RFC 9562). */
public final class Uuids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Uuids() {}

  /** A time-ordered UUID, version 7 (RFC 9562, section 5.7). */
  static UUID v7(Instant at) {
    long randomA = RANDOM.nextLong() & 0xfffL;
    long high = at.toEpochMilli() << 16 | 0x7000L | randomA;
    return new UUID(high, variant(RANDOM.nextLong()));
  }

  /** A UUID of the first 122 bits of a digest, version 8 (RFC 9562, section 5.8). */
  public static UUID v8(Digest digest) {
    var bytes = digest.buffer();
    long high = (bytes.getLong() & 0xffffffffffff0fffL) | 0x8000L;
    return new UUID(high, variant(bytes.getLong()));
  }

  private static long variant(long low) {
    return (low & 0x3fffffffffffffffL) | 0x8000000000000000L;
  }
}
