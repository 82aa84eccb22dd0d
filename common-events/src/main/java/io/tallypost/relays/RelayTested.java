package io.tallypost.relays;

import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.events.EventContext;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of a relay test: the value of {@code relay.test-results.v1}, keyed by the test's id,
 * with the test's {@code reply-to}.
 *
 * @param v the version of this shape
 * @param id the test's
 * @param steps the steps made, in order; the last one failed, or all went well
 * @param worker the process that ran the test
 */
public record RelayTested(int v, UUID id, List<Step> steps, String worker) {

  /** The shape that this build writes, and the highest that it reads. */
  public static final int SHAPE = EventContext.VERSION;

  /** What can fail, in order. */
  public enum StepName {
    /** The password is opened with the key ring. */
    PASSWORD,
    /** The name is looked up, and has no forbidden address. */
    RESOLVE,
    /** TCP, and the relay's greeting and EHLO. */
    CONNECT,
    /** The handshake, and the certificate's name; absent without encryption. */
    TLS,
    /** The login; absent without one. */
    AUTH,
    /** A mail up to the reply to the final dot; absent if none is asked for. */
    MAIL;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A step.
   *
   * @param ok whether it went well
   * @param detail the relay's reply or what happened, for people; null if there is nothing to say
   * @param durationMs how long it took, in milliseconds
   */
  public record Step(StepName name, boolean ok, @Nullable String detail, long durationMs) {

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if the name is missing
     */
    public Step {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Checks that this build can use it.
   *
   * @throws IllegalArgumentException if the shape is a later one
   * @throws NullPointerException if a field is missing
   */
  public RelayTested {
    if (v < 1 || v > SHAPE) {
      throw new IllegalArgumentException("result version " + v + " is not one of 1 to " + SHAPE);
    }
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(worker, "worker");
    steps = List.copyOf(steps);
  }

  /** Whether mail can be sent there. */
  public boolean ok() {
    return !steps.isEmpty() && steps.stream().allMatch(Step::ok);
  }
}
