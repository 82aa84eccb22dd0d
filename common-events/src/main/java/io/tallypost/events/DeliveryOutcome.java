package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tallypost.mail.EmailAddress;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** The result of one attempt to deliver. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(
      value = DeliveryOutcome.Delivered.class,
      name = DeliveryOutcome.Delivered.TYPE),
  @JsonSubTypes.Type(value = DeliveryOutcome.Deferred.class, name = DeliveryOutcome.Deferred.TYPE),
  @JsonSubTypes.Type(value = DeliveryOutcome.Failed.class, name = DeliveryOutcome.Failed.TYPE)
})
public sealed interface DeliveryOutcome extends Event {

  /** What happened at the relay. */
  Attempt attempt();

  /**
   * One conversation with a relay, or the try to begin one.
   *
   * @param relay the relay's name
   * @param results the results of each recipient tried in this attempt, without those settled
   *     earlier
   * @param durationMs from taking a connection to the last reply, in milliseconds
   * @param inDoubt whether the connection was lost after the final dot, so that the relay may have
   *     the mail nevertheless
   * @param costPerRecipient the relay's charge for each accepted recipient at that time, so that a
   *     later change does not change the past; an older record has none, which is 0
   */
  record Attempt(
      String relay,
      List<RecipientResult> results,
      long durationMs,
      boolean inDoubt,
      BigDecimal costPerRecipient) {

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    @SuppressWarnings("ConstantConditions") // records of older builds lack the cost
    public Attempt {
      Objects.requireNonNull(relay, "relay");
      results = List.copyOf(results);
      costPerRecipient = costPerRecipient == null ? BigDecimal.ZERO : costPerRecipient;
    }

    /** The relay's charge for all accepted recipients. */
    public BigDecimal cost() {
      long accepted =
          results.stream()
              .filter(result -> result.status() == RecipientResult.Status.DELIVERED)
              .count();
      return costPerRecipient.multiply(BigDecimal.valueOf(accepted));
    }
  }

  /** The message has ended: every recipient has it. */
  record Delivered(@JsonUnwrapped EventContext context, @JsonUnwrapped Attempt attempt)
      implements DeliveryOutcome {
    public static final String TYPE = "delivered";
  }

  /**
   * At least one recipient is tried again.
   *
   * @param dueAt the earliest time
   * @param reason why, in a sentence for people
   * @param counted whether this used up an attempt; parked mail (no relay could be asked) does not
   */
  record Deferred(
      @JsonUnwrapped EventContext context,
      @JsonUnwrapped Attempt attempt,
      Instant dueAt,
      String reason,
      boolean counted)
      implements DeliveryOutcome {
    public static final String TYPE = "deferred";

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    public Deferred {
      Objects.requireNonNull(dueAt, "due_at");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * The message has ended, and at least one recipient does not have it: a dead letter was written.
   *
   * @param category why, for filters
   * @param reason why, in a sentence for people
   * @param recipients the dead letter's recipients, those refused in earlier attempts included
   */
  record Failed(
      @JsonUnwrapped EventContext context,
      @JsonUnwrapped Attempt attempt,
      DeadLetter.Category category,
      String reason,
      List<EmailAddress> recipients)
      implements DeliveryOutcome {
    public static final String TYPE = "failed";

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    public Failed {
      Objects.requireNonNull(category, "category");
      Objects.requireNonNull(reason, "reason");
      recipients = List.copyOf(recipients);
    }
  }
}
