package io.tallypost.stack;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Closes what is still open when the JVM ends: one after the other, the newest first. */
public final class AtExit {

  private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(AtExit::closeAll, "stack-at-exit"));
  }

  private static boolean done;

  private AtExit() {}

  /** Remembers a part; one that has come up while the JVM was ending is closed at once. */
  public static void close(AutoCloseable part) {
    synchronized (AtExit.class) {
      if (!done) {
        OPEN.push(part);
        return;
      }
    }
    closeNow(part);
  }

  public static synchronized void forget(AutoCloseable part) {
    OPEN.remove(part);
  }

  private static synchronized @Nullable AutoCloseable newest() {
    done = OPEN.isEmpty();
    return OPEN.poll();
  }

  private static void closeAll() {
    for (AutoCloseable part = newest(); part != null; part = newest()) {
      closeNow(part);
    }
  }

  private static void closeNow(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception failure) {
      // The JVM is ending and loggers may be gone: the others must still be closed.
      System.err.println("while closing " + part + ": " + failure);
    }
  }
}
