package io.tallypost.quota.decide;

import io.tallypost.events.Fingerprint;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One batch in work: the decisions and counters of its messages, loaded and locked, and what
 * becomes of them as there is a verdict on one request after the other, in offset order. Knows no
 * database; for two requests of one message in one batch it is as if they came in two.
 */
public final class Docket {
  private final ApprovalProgress progress;
  private final Instant now;
  private final Map<MessageId, Decision> standing;
  private final Map<Submission, Decision> superseded;
  private final Map<UsageKey, Long> used;

  private final Map<MessageId, LocatedRequest> changed = new LinkedHashMap<>();
  private final Map<Submission, Decision> newlySuperseded = new LinkedHashMap<>();
  private final Map<UsageKey, Long> charged = new TreeMap<>();

  /** A POST of a message. */
  record Submission(MessageId message, SubmissionId id) {
    static Submission of(SendRequested request) {
      return new Submission(request.messageId(), request.context().submissionId());
    }
  }

  /**
   * Opens it.
   *
   * @param standing the decisions of those messages that have one
   * @param superseded earlier rejections of those messages, for each submission in the batch
   * @param used every counter that the requests may be measured by
   * @param now to the microsecond
   */
  Docket(
      ApprovalProgress progress,
      Map<MessageId, Decision> standing,
      Map<Submission, Decision> superseded,
      Map<UsageKey, Long> used,
      Instant now) {
    this.progress = progress;
    this.standing = new HashMap<>(standing);
    this.superseded = new HashMap<>(superseded);
    this.used = new HashMap<>(used);
    this.now = now;
  }

  /** The verdict on the next request. */
  Verdict verdict(LocatedRequest located) {
    SendRequested request = located.request();
    Decision before = standing.get(request.messageId());
    if (before == null) {
      return decide(located);
    }
    if (progress.covers(located.source())) {
      return new Verdict.Settled();
    }
    if (before.submission().equals(request.context().submissionId())) {
      return redeliver(located, before);
    }
    var earlier = superseded.get(Submission.of(request));
    if (earlier != null) {
      return new Verdict.Redelivered(earlier, false);
    }
    if (!before.approved()) {
      supersede(request.messageId(), before);
      return decide(located);
    }
    Fingerprint first = before.fingerprint();
    return first.equals(request.fingerprint())
        ? new Verdict.Replayed(before)
        : new Verdict.KeyReused();
  }

  private Verdict decide(LocatedRequest located) {
    SendRequested request = located.request();
    var policy = QuotaPolicy.decide(request, this::used);
    int units = QuotaPolicy.units(request);
    for (UsageKey key : policy.charged()) {
      used.merge(key, (long) units, Long::sum);
      charged.put(key, used(key));
    }
    var decision =
        new Decision(
            request.context().submissionId(),
            request.fingerprint(),
            policy.approved(),
            units,
            policy.policies(),
            now,
            located.source(),
            located.traceId());
    put(located, decision);
    return new Verdict.Decided(decision);
  }

  /**
   * The approval is due for the record that was decided on, until it is known to be published.
   * Another copy of the submission gets only the verdict; but if the record's topic is gone, nobody
   * will read that record again, and the copy takes its place.
   */
  private Verdict redeliver(LocatedRequest located, Decision before) {
    Source here = located.source();
    if (!before.approved() || before.source().equals(here)) {
      return new Verdict.Redelivered(before, before.approved());
    }
    boolean gone = !before.source().topicId().equals(here.topicId());
    if (gone && !progress.covers(before.source())) {
      var moved = before.movedTo(here);
      put(located, moved);
      return new Verdict.Redelivered(moved, true);
    }
    return new Verdict.Redelivered(before, false);
  }

  private void put(LocatedRequest located, Decision decision) {
    standing.put(located.request().messageId(), decision);
    changed.put(located.request().messageId(), located);
  }

  private void supersede(MessageId message, Decision before) {
    var submission = new Submission(message, before.submission());
    superseded.put(submission, before);
    newlySuperseded.put(submission, before);
  }

  private long used(UsageKey key) {
    return Optional.ofNullable(used.get(key))
        .orElseThrow(() -> new IllegalStateException("counter was not loaded: " + key));
  }

  /** The last request decided on, per message with a decision to store. */
  Map<MessageId, LocatedRequest> changed() {
    return changed;
  }

  /** The decision on one of the {@link #changed()}. */
  Decision decision(MessageId message) {
    return Optional.ofNullable(standing.get(message)).orElseThrow();
  }

  Map<Submission, Decision> newlySuperseded() {
    return newlySuperseded;
  }

  /** The counters that moved, in key order, with their new values. */
  Map<UsageKey, Long> charged() {
    return charged;
  }
}
