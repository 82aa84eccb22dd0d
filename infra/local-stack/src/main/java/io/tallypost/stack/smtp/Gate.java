package io.tallypost.stack.smtp;

import java.io.InterruptedIOException;

/**
 * Stops all connections of a sink, as SIGSTOP does with a process: the system still takes
 * connections and bytes in, but nobody reads or answers.
 */
final class Gate {

  private volatile boolean frozen;

  void freeze() {
    frozen = true;
  }

  synchronized void thaw() {
    frozen = false;
    notifyAll();
  }

  /** Returns once the sink is not frozen. */
  void pass() throws InterruptedIOException {
    if (frozen) {
      await();
    }
  }

  private synchronized void await() throws InterruptedIOException {
    try {
      while (frozen) {
        wait();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while frozen");
    }
  }
}
