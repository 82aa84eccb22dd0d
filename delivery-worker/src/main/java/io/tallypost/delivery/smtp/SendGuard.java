package io.tallypost.delivery.smtp;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One send's emergency exit, for whoever watches it from another thread. Angus Mail's timeouts are
 * per read, and its own {@code close()} waits for the read to end: only closing the socket ends a
 * conversation at once.
 *
 * <p>Up to DATA a send can be broken off and nobody has the mail. From DATA on it is left alone,
 * until it is abandoned and thereby in doubt.
 */
public final class SendGuard {
  private static final ScheduledThreadPoolExecutor WATCHDOG = watchdog();

  private final CountDownLatch brokenOff = new CountDownLatch(1);
  private boolean dataBegun;
  private boolean expired;
  private @Nullable Socket socket;
  private @Nullable Future<?> deadline;

  private static ScheduledThreadPoolExecutor watchdog() {
    var watchdog =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("smtp-watchdog").factory());
    watchdog.setRemoveOnCancelPolicy(true);
    return watchdog;
  }

  /** Ends the send unless DATA has been said. */
  public synchronized void breakOff() {
    if (!dataBegun) {
      brokenOff.countDown();
      closeSocket();
    }
  }

  /** Ends the send wherever it is. */
  public synchronized void abandon() {
    brokenOff.countDown();
    closeSocket();
  }

  /** Whether the send was ended before DATA, so that it does not count as an attempt. */
  public synchronized boolean isBrokenOff() {
    return brokenOff.getCount() == 0 && !dataBegun;
  }

  /**
   * Waits; less long if the send is broken off.
   *
   * @throws InterruptedException if the thread is to end
   */
  public void pause(Duration time) throws InterruptedException {
    // The result does not matter: whoever waits asks isBrokenOff() afterwards.
    var ignored = brokenOff.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * DATA is about to be said.
   *
   * @return false if the send has been broken off, so that it must not be said
   */
  synchronized boolean beginData() {
    dataBegun = brokenOff.getCount() > 0;
    return dataBegun;
  }

  /** Takes care of this socket from now on; closes it if it comes too late. */
  synchronized void watch(Socket watched) {
    socket = watched;
    if (brokenOff.getCount() == 0) {
      closeSocket();
    }
  }

  /** The conversation is over: its connection is not to be touched any more. */
  synchronized void release() {
    cancelDeadline();
    socket = null;
  }

  /** Sets the time until which the conversation may last, instead of the one before. */
  synchronized void deadline(Duration time) {
    cancelDeadline();
    deadline = WATCHDOG.schedule(this::expire, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  private synchronized void expire() {
    if (socket != null) {
      expired = true;
      closeSocket();
    }
  }

  synchronized boolean hasExpired() {
    return expired;
  }

  private void closeSocket() {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is closed all the same, and the reader finds out.
      }
    }
  }
}
