package io.tallypost.benchmark.sink;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads byte by byte without the lock that {@link java.io.BufferedInputStream} takes for each. */
final class ByteReader {
  private final InputStream in;
  private final byte[] buffer = new byte[16 * 1024];
  private int position;
  private int limit;

  ByteReader(InputStream in) {
    this.in = in;
  }

  /** Whether reading might block. */
  boolean mightWait() {
    return position == limit;
  }

  /** The next byte, from 0. */
  int read() throws IOException {
    if (position == limit) {
      limit = in.read(buffer);
      position = 0;
      if (limit < 0) {
        limit = 0;
        throw new EOFException("the other side has left");
      }
    }
    return buffer[position++] & 0xff;
  }
}
