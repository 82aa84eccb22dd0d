package io.tallypost.delivery.smtp;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a relay did with a mail it was given. */
public sealed interface RelayAnswer {

  /** It was asked, and this is the result. */
  record Made(AttemptResult attemptResult) implements RelayAnswer {}

  /**
   * The send was ended before its final dot, or the mail may not go any more: as if it had never
   * started. It is routed anew.
   */
  record BrokenOff() implements RelayAnswer {}

  /**
   * It was not asked, which is no attempt.
   *
   * @param freeAt when it may be asked; null if nobody knows
   * @param probe whether this mail comes back soon, to see whether the relay has recovered
   */
  record NotNow(Reason reason, @Nullable Instant freeAt, boolean probe) implements RelayAnswer {
    public NotNow(Reason reason, @Nullable Instant freeAt) {
      this(reason, freeAt, false);
    }
  }

  /** Why a mail is put off without using up an attempt. */
  enum Reason {
    /** An operator holds the mail. */
    HELD("sending is on hold"),
    /** An operator has disabled its tenant. */
    TENANT_DISABLED("the tenant is disabled"),
    /** No relay is enabled for it and takes its sender's domain. */
    NO_RELAY("no enabled relay takes this mail"),
    /** Its password cannot be decrypted here. */
    UNUSABLE("the relay's password cannot be opened: an encryption key is missing"),
    /** It was asked, and only a change of settings can make it take mail. */
    MISCONFIGURED("the relay cannot be used as it is configured"),
    /** Its breaker is open after many failures. */
    BREAKER_OPEN("the relay is left in peace after many failures"),
    /** All its connections are in use, and enough mail waits for them. */
    SATURATED("the relay is busy"),
    /** It was silent while other mail waited for the place. */
    STALLED("the relay did not answer while other mail waited"),
    /** Its rate is used up. */
    RATE_LIMITED("the relay's rate is reached"),
    /** Some of its recipients have it; the worker stopped before it asked for the others. */
    HANDED_OVER("the worker stopped, or handed the mail over, before it was sent to everybody");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** The reason of this {@link #wireName}. */
    public static Optional<Reason> named(String wireName) {
      return Stream.of(values()).filter(one -> one.wireName().equals(wireName)).findFirst();
    }

    /** For headers, labels and spans. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String text() {
      return text;
    }

    /** Whether only a change of settings can help. */
    public boolean isMisconfiguration() {
      return switch (this) {
        case NO_RELAY, UNUSABLE, MISCONFIGURED -> true;
        case HELD, TENANT_DISABLED, BREAKER_OPEN, SATURATED, STALLED, RATE_LIMITED, HANDED_OVER ->
            false;
      };
    }
  }
}
