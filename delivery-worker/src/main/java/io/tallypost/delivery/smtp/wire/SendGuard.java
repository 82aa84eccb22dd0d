package io.tallypost.delivery.smtp.wire;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One send's deadlines and emergency exit. Java's blocking writes, TLS handshakes and name look-ups
 * have no timeout, and {@code close()} of a TLS socket waits for the write that hangs: only closing
 * the TCP socket below, from another thread, ends a conversation at once.
 *
 * <p>A send can be broken off, and nobody has the mail, until the write with the final dot: a
 * connection that ends before it cancels the transaction (RFC 5321, section 4.1.1.10). After that
 * it is left alone until the relay answers, its time is over, or it is abandoned and so in doubt.
 */
public final class SendGuard {
  private static final long NEVER = Long.MAX_VALUE;

  /** Why a conversation was ended from outside. */
  private enum End {
    NOT,
    BROKEN_OFF,
    ONE_REPLY_MISSED,
    EXPIRED,
    STALLED
  }

  private final BooleanSupplier othersWait;
  private volatile BooleanSupplier othersWaitHere = () -> false;
  private volatile boolean hasAlternative;
  private final CountDownLatch brokenOff = new CountDownLatch(1);
  private End end = End.NOT;
  private boolean breakWanted;
  private boolean atDot;
  private boolean anyDot;
  private @Nullable Socket socket;
  private @Nullable CompletableFuture<?> lookup;
  private long stepBegan;
  private long stepNanos = NEVER;
  private long totalBegan;
  private long totalNanos = NEVER;
  private long stallNanos = NEVER;
  private long lifeBegan;
  private long lifeNanos = NEVER;

  /** For a send whose place nobody else waits for. */
  public SendGuard() {
    this(() -> false);
  }

  /**
   * Guards one send.
   *
   * @param othersWait whether other mail waits for this send's place; asked often, from another
   *     thread
   */
  public SendGuard(BooleanSupplier othersWait) {
    this.othersWait = othersWait;
  }

  /** Ends the send unless its final dot is on its way and unanswered. */
  public synchronized void breakOff() {
    breakWanted = true;
    if (!atDot) {
      end(End.BROKEN_OFF);
    }
  }

  /** Ends the send wherever it is. */
  public synchronized void abandon() {
    breakWanted = true;
    end(End.BROKEN_OFF);
  }

  /** Whether the send was ended before any final dot, as if it had never started. */
  public synchronized boolean isBrokenOff() {
    return end == End.BROKEN_OFF && !anyDot;
  }

  /**
   * Whether we ended the conversation ourselves, wherever it was: that says nothing about the
   * relay.
   */
  public synchronized boolean isCutShort() {
    return end == End.BROKEN_OFF;
  }

  /** Whether we want it to end, at once or after the answer to its final dot. */
  public synchronized boolean isToEnd() {
    return breakWanted;
  }

  /**
   * Waits; shorter if the send is broken off.
   *
   * @throws InterruptedException if the thread is to end
   */
  public void pause(Duration time) throws InterruptedException {
    // The result does not matter: the caller asks isBrokenOff() afterwards.
    var ignored = brokenOff.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Tells whether another relay can be asked if this one is silent. Only then does a send give its
   * connection to mail for the same relay: without another one, all of it would wait the longer for
   * a relay that is merely slow.
   */
  public void hasAlternative(boolean another) {
    hasAlternative = another;
  }

  /**
   * Has a connection, until its {@link #release}.
   *
   * @param others whether other mail waits for a connection of this relay; asked often, from
   *     another thread
   */
  public void othersWaitHere(BooleanSupplier others) {
    othersWaitHere = others;
  }

  /** Another relay is asked: the time of the one before does not count. */
  public synchronized void begin() {
    if (end != End.BROKEN_OFF) {
      end = End.NOT;
    }
  }

  /** Whether another connection or transaction may be started. */
  public synchronized boolean mayGoOn() {
    return end == End.NOT && !breakWanted;
  }

  /** As {@link #mayGoOn}; one reply that never came does not count for what follows. */
  public synchronized boolean mayGoOnAfterSilence() {
    if (end == End.ONE_REPLY_MISSED) {
      end = End.NOT;
    }
    return mayGoOn();
  }

  /** Whether the relay took longer than allowed. */
  public synchronized boolean hasExpired() {
    return end == End.EXPIRED || end == End.ONE_REPLY_MISSED;
  }

  /** Whether the relay was silent for so long that the place went to other mail. */
  public synchronized boolean hasStalled() {
    return end == End.STALLED;
  }

  /**
   * The final dot is about to be written. From here on only its own deadline holds.
   *
   * @return false if the send has been ended, so that it must not be written
   */
  public synchronized boolean passDot() {
    if (!mayGoOn()) {
      return false;
    }
    atDot = true;
    anyDot = true;
    totalNanos = NEVER;
    stallNanos = NEVER;
    return true;
  }

  /** Whether a final dot was written, so that the relay may have the mail. */
  public synchronized boolean hasPassedDot() {
    return anyDot;
  }

  /** The relay has not taken the mail, and another one is asked from here on. */
  public synchronized void turnedDown() {
    atDot = false;
    anyDot = false;
    if (breakWanted) {
      end(End.BROKEN_OFF);
    }
  }

  /** The relay has answered the final dot. */
  public synchronized void dotAnswered() {
    atDot = false;
  }

  /** Ends the send after this time in any state: nobody waits for its result any longer. */
  public synchronized void life(Duration time) {
    lifeBegan = System.nanoTime();
    lifeNanos = nanos(time);
  }

  /** Starts a part of the send with a deadline for all its steps. */
  public synchronized void total(Duration time, Duration stall) {
    totalBegan = System.nanoTime();
    totalNanos = nanos(time);
    stallNanos = nanos(stall);
    Watchdog.watch(this);
  }

  /** Starts a step with a deadline, instead of the one before. */
  public synchronized void step(Duration time) {
    stepBegan = System.nanoTime();
    stepNanos = nanos(time);
    Watchdog.watch(this);
  }

  /** A wait of centuries is none: it must not make a send fail, least of all after the dot. */
  private static long nanos(Duration time) {
    return TimeUnit.NANOSECONDS.convert(time);
  }

  /** Watches this socket from now on; closes it if it comes too late. */
  public synchronized void watch(Socket watched) {
    socket = watched;
    closeIfEnded();
  }

  /** Watches this look-up from now on; cancels it if it comes too late. */
  synchronized void watch(CompletableFuture<?> watched) {
    lookup = watched;
    closeIfEnded();
  }

  /** The conversation is over: its connection must not be touched any more. */
  public synchronized void release() {
    socket = null;
    lookup = null;
    othersWaitHere = () -> false;
    stepNanos = NEVER;
    totalNanos = NEVER;
    stallNanos = NEVER;
    Watchdog.forget(this);
  }

  /** Ends what has taken too long. */
  void check(long nanos) {
    expire(nanos);
    // Not asked under this lock: the answer may need another one.
    if (isStalled(nanos) && isWaitedFor()) {
      stall(nanos);
    }
  }

  private boolean isWaitedFor() {
    return othersWait.getAsBoolean() || (hasAlternative && othersWaitHere.getAsBoolean());
  }

  private synchronized void expire(long nanos) {
    boolean isAllOver = nanos - totalBegan >= totalNanos || nanos - lifeBegan >= lifeNanos;
    boolean isOver = isAllOver || nanos - stepBegan >= stepNanos;
    if (isOver && end == End.NOT && (socket != null || lookup != null)) {
      end(isAllOver ? End.EXPIRED : End.ONE_REPLY_MISSED);
    }
  }

  private synchronized void stall(long nanos) {
    if (isStalled(nanos)) {
      end(End.STALLED);
    }
  }

  private synchronized boolean isStalled(long nanos) {
    return end == End.NOT && socket != null && nanos - stepBegan >= stallNanos;
  }

  private synchronized void end(End why) {
    // A send that expired at one relay is not tried at the next one either.
    if (end == End.NOT || why == End.BROKEN_OFF) {
      end = why;
    }
    if (why == End.BROKEN_OFF) {
      brokenOff.countDown();
    }
    closeIfEnded();
  }

  private void closeIfEnded() {
    if (end == End.NOT) {
      return;
    }
    if (lookup != null) {
      lookup.cancel(false);
    }
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is closed nevertheless, and the reader finds out.
      }
    }
  }
}
