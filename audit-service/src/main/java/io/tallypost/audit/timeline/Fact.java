package io.tallypost.audit.timeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecipientResult;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The part of an event beside its common fields that the log keeps, without any mail's body. It is
 * stored as JSON, so later builds must read what earlier ones wrote. Its texts can be stored by
 * PostgreSQL.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Fact.Requested.class, name = "requested"),
  @JsonSubTypes.Type(value = Fact.Decided.class, name = "decided"),
  @JsonSubTypes.Type(value = Fact.AttemptResult.class, name = "attempted"),
  @JsonSubTypes.Type(value = Fact.Replayed.class, name = "replayed"),
  @JsonSubTypes.Type(value = Fact.Redriven.class, name = "redriven"),
  @JsonSubTypes.Type(value = Fact.Discarded.class, name = "discarded")
})
public sealed interface Fact {

  /** Its name in the timeline. */
  String event();

  /** Of two facts about one attempt the higher one counts. */
  int rank();

  /** Intake took the mail. */
  record Requested(
      String fromAddress, @Nullable String fromName, String subject, List<Recipient> recipients)
      implements Fact {

    @Override
    public String event() {
      return "requested";
    }

    @Override
    public int rank() {
      return 0;
    }
  }

  /** One of the mail's recipients, in the order of the mail. */
  record Recipient(String address, Kind kind) {}

  /** How a recipient is named in the mail. */
  enum Kind {
    TO,
    CC,
    BCC;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Quota decided. */
  record Decided(QuotaDecided.Verdict verdict, int units, List<Policy> policies) implements Fact {

    @Override
    public String event() {
      return verdict.wireName();
    }

    @Override
    public int rank() {
      return 1;
    }

    List<String> violated() {
      return policies.stream().filter(Policy::violated).map(Policy::policy).toList();
    }
  }

  /** A quota policy right after the decision. */
  record Policy(String policy, long limit, long used, Instant resetsAt, boolean violated) {}

  /**
   * A worker tried to deliver.
   *
   * @param counted false for mail that was parked without asking a relay
   * @param recipients for a failure: all recipients without the mail; empty if nobody knows them
   * @param costPerRecipient the relay's price per accepted recipient; null in facts of earlier
   *     builds
   */
  record AttemptResult(
      End end,
      String relay,
      List<Result> results,
      long durationMs,
      boolean inDoubt,
      boolean counted,
      @Nullable Instant dueAt,
      @Nullable String category,
      @Nullable String reason,
      List<String> recipients,
      @Nullable BigDecimal costPerRecipient)
      implements Fact {

    @Override
    public String event() {
      return end.wireName();
    }

    @Override
    public int rank() {
      return switch (end) {
        case DEFERRED -> 2;
        case FAILED -> 4;
        case DELIVERED -> 5;
      };
    }
  }

  /**
   * An operator put the mail back in its queue, for these recipients.
   *
   * @param relay the requested relay
   */
  record Replayed(UUID letterId, String by, List<String> recipients, @Nullable String relay)
      implements Fact {

    @Override
    public String event() {
      return "replayed";
    }

    @Override
    public int rank() {
      return 1;
    }
  }

  /**
   * An operator put an unaccounted mail back in a queue.
   *
   * @param undecided whether it went to quota's queue
   */
  record Redriven(String by, boolean undecided) implements Fact {

    @Override
    public String event() {
      return "redriven";
    }

    @Override
    public int rank() {
      return 3;
    }
  }

  /** An operator discarded a dead letter of the mail. */
  record Discarded(UUID letterId, String by, String reason) implements Fact {

    @Override
    public String event() {
      return "discarded";
    }

    @Override
    public int rank() {
      return 6;
    }
  }

  /** What an attempt means for the message. */
  enum End {
    DEFERRED,
    FAILED,
    DELIVERED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The result for one recipient in one attempt. */
  record Result(
      String recipient,
      RecipientResult.Status status,
      @Nullable Integer smtpCode,
      @Nullable String enhancedCode,
      @Nullable String reply,
      @Nullable String error) {}
}
