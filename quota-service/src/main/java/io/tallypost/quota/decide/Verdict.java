package io.tallypost.quota.decide;

/**
 * What the sender of one request is told. The {@link Decision} is on the message and is kept; there
 * is a verdict on each of its requests.
 */
public sealed interface Verdict {

  /** Whether the request's approval is to be published. */
  default boolean approvalDue() {
    return false;
  }

  /** Decided now, for the first time or after a rejection. */
  record Decided(Decision decision) implements Verdict {
    @Override
    public boolean approvalDue() {
      return decision.approved();
    }
  }

  /**
   * This submission was decided before: the stored decision again.
   *
   * @param approvalDue whether the approval, as far as anybody knows, was not published yet
   */
  record Redelivered(Decision decision, boolean approvalDue) implements Verdict {}

  /** A repeat of a mail that is approved: its sender is told the first decision. */
  record Replayed(Decision first) implements Verdict {}

  /** The Idempotency-Key belongs to another mail that is approved. */
  record KeyReused() implements Verdict {}

  /** Everything about this record was published before: nobody is told anything. */
  record Settled() implements Verdict {}
}
