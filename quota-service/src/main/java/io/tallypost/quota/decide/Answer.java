package io.tallypost.quota.decide;

/** The answer to one request. */
public sealed interface Answer {

  /** Decided now, for the first time or after a rejection. */
  record Decided(Decision decision) implements Answer {}

  /**
   * This submission was decided before: the stored verdict again.
   *
   * @param approvalDue whether the approval, as far as anybody knows, was not published yet
   */
  record Redelivered(Decision decision, boolean approvalDue) implements Answer {}

  /** A repeat of a mail that is approved: its sender gets the first answer. */
  record Replayed(Decision first) implements Answer {}

  /** The Idempotency-Key belongs to another mail that is approved. */
  record KeyReused() implements Answer {}

  /** Everything about this record was published before: nothing to do. */
  record Settled() implements Answer {}
}
