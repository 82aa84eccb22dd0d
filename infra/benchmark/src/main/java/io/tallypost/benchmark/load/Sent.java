package io.tallypost.benchmark.load;

import java.time.Duration;

/**
 * A request and its result.
 *
 * @param status the HTTP status; 0 when there was no answer
 * @param dueMicros when it was due, in microseconds of the wall clock
 * @param latency from when it was due until the answer was read: a late sender counts, too
 * @param messageId the mail's Message-ID; blank if the answer names none
 */
public record Sent(int status, long dueMicros, Duration latency, String messageId) {
  public boolean accepted() {
    return status == 202;
  }

  public long answeredMicros() {
    return dueMicros + latency.toNanos() / 1000;
  }
}
