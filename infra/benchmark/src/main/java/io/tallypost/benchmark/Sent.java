package io.tallypost.benchmark;

import java.time.Duration;

/**
 * A request and what came of it.
 *
 * @param status the HTTP status; 0 when there was no answer
 * @param dueMicros when it was to be sent, in microseconds of the wall clock
 * @param latency from when it was to be sent until the answer was read: a sender that was late
 *     counts, too
 * @param messageId the mail's Message-ID; blank where the answer names none
 */
record Sent(int status, long dueMicros, Duration latency, String messageId) {
  boolean accepted() {
    return status == 202;
  }

  long answeredMicros() {
    return dueMicros + latency.toNanos() / 1000;
  }
}
