package io.tallypost.stack.smtp.wire;

import java.io.InterruptedIOException;

/**
 * Stops all connections of a sink, as SIGSTOP does with a process: the system still takes
 * connections and bytes in, but nobody reads or answers.
 */
public final class Gate {

  private volatile boolean frozen;

  public void freeze() {
    frozen = true;
  }

  public synchronized void thaw() {
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
