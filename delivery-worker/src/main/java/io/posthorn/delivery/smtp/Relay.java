package io.posthorn.delivery.smtp;

import org.jspecify.annotations.Nullable;

/** Somebody who takes mail over. */
public interface Relay {

  /** What it is called in results, logs and metrics. */
  String name();

  /**
   * Tries once to hand a mail over. Trouble is a result and not an exception.
   *
   * @param message the mail in RFC 5322 form
   * @param attempt the how-manieth attempt this is for the mail, from 1
   * @return what it means for each recipient; null if the guard broke it off before DATA, which is
   *     no attempt
   * @throws InterruptedException if the thread is to end; nothing has been handed over
   */
  @Nullable Attempted send(Envelope envelope, byte[] message, int attempt, SendGuard guard)
      throws InterruptedException;
}
