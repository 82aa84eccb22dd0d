package io.tallypost.delivery.smtp.wire;

/** A conversation that has come to its final dot. */
public final class Dots {
  private Dots() {}

  /** The dot is written, and the relay takes the mail. */
  public static void taken(SendGuard guard) {
    sent(guard);
    guard.dotAnswered();
  }

  /** The dot is written, and the relay has not answered. */
  public static void sent(SendGuard guard) {
    if (!guard.passDot()) {
      throw new IllegalStateException("it was broken off before");
    }
  }
}
