package io.tallypost.quota.decide;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.quota.consume.Requests;
import io.tallypost.quota.decide.ApprovalProgress.Partition;
import io.tallypost.quota.decide.Docket.Submission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request is answered, by what stands about its message and how much is published. */
class DocketTest {
  private static final UUID TOPIC = UUID.randomUUID();
  private static final int UNITS = 2;

  /** The record that was decided on. */
  private static final Source FIRST = new Source(TOPIC, 0, 7);

  /** Another record of the same topic. */
  private static final Source COPY = new Source(TOPIC, 0, 9);

  /** A record of the topic that was made again under the same name. */
  private static final Source ANEW = new Source(UUID.randomUUID(), 0, 3);

  private static final MessageId MESSAGE = MessageId.next(NOON);
  private static final SubmissionId DECIDED_ON = SubmissionId.next(NOON);
  private static final SubmissionId SUPERSEDED = SubmissionId.next(NOON);

  private final Requests requests = Requests.ofNewKey(10);

  /** What stands about the message. */
  enum Stands {
    NOTHING,
    REJECTED,
    APPROVED
  }

  /** Which POST the request is of. */
  enum Post {
    THE_SAME,
    A_NEW_ONE,
    A_SUPERSEDED_ONE
  }

  /** Where the request stands. */
  enum Place {
    FIRST,
    COPY,
    ANEW
  }

  /** What is known to be published. */
  enum Published {
    NOTHING,
    UP_TO_FIRST,
    ALL
  }

  /** The verdict, and what is to be stored with it. */
  enum Expected {
    DECIDED,
    DECIDED_ANEW,
    VERDICT_AGAIN,
    VERDICT_AND_APPROVAL,
    VERDICT_AND_APPROVAL_MOVED,
    EARLIER_VERDICT,
    REPLAYED,
    KEY_REUSED,
    SETTLED
  }

  @ParameterizedTest(name = "{0}, {1}, mail {2}, at {3}, published {4}: {5}")
  @CsvSource({
    "NOTHING,  A_NEW_ONE,        same,  FIRST, NOTHING,     DECIDED",
    // The broker lost the end of its log and gives the same offsets again.
    "NOTHING,  A_NEW_ONE,        same,  FIRST, ALL,         DECIDED",
    // The approval is owed for the record that was decided on, and for no copy of it.
    "APPROVED, THE_SAME,         same,  FIRST, NOTHING,     VERDICT_AND_APPROVAL",
    "APPROVED, THE_SAME,         same,  COPY,  NOTHING,     VERDICT_AGAIN",
    "APPROVED, THE_SAME,         same,  COPY,  UP_TO_FIRST, VERDICT_AGAIN",
    "APPROVED, THE_SAME,         same,  FIRST, UP_TO_FIRST, SETTLED",
    "APPROVED, THE_SAME,         same,  COPY,  ALL,         SETTLED",
    // Nobody will read the record of a topic that is gone.
    "APPROVED, THE_SAME,         same,  ANEW,  NOTHING,     VERDICT_AND_APPROVAL_MOVED",
    "APPROVED, THE_SAME,         same,  ANEW,  UP_TO_FIRST, VERDICT_AGAIN",
    "APPROVED, THE_SAME,         same,  ANEW,  ALL,         SETTLED",
    // A rejection owes no approval.
    "REJECTED, THE_SAME,         same,  FIRST, NOTHING,     VERDICT_AGAIN",
    "REJECTED, THE_SAME,         same,  COPY,  NOTHING,     VERDICT_AGAIN",
    "REJECTED, THE_SAME,         same,  ANEW,  NOTHING,     VERDICT_AGAIN",
    "REJECTED, THE_SAME,         same,  FIRST, ALL,         SETTLED",
    // After a rejection a new POST is decided on, whatever it asks for.
    "REJECTED, A_NEW_ONE,        same,  COPY,  NOTHING,     DECIDED_ANEW",
    "REJECTED, A_NEW_ONE,        other, COPY,  NOTHING,     DECIDED_ANEW",
    "REJECTED, A_NEW_ONE,        same,  COPY,  ALL,         SETTLED",
    // After an approval it is not.
    "APPROVED, A_NEW_ONE,        same,  COPY,  NOTHING,     REPLAYED",
    "APPROVED, A_NEW_ONE,        same,  COPY,  UP_TO_FIRST, REPLAYED",
    "APPROVED, A_NEW_ONE,        other, COPY,  NOTHING,     KEY_REUSED",
    "APPROVED, A_NEW_ONE,        other, COPY,  ALL,         SETTLED",
    // A POST that was rejected keeps its verdict when another one has been decided on since.
    "APPROVED, A_SUPERSEDED_ONE, same,  COPY,  NOTHING,     EARLIER_VERDICT",
    "REJECTED, A_SUPERSEDED_ONE, same,  COPY,  NOTHING,     EARLIER_VERDICT",
    "APPROVED, A_SUPERSEDED_ONE, other, COPY,  UP_TO_FIRST, EARLIER_VERDICT",
    "APPROVED, A_SUPERSEDED_ONE, same,  COPY,  ALL,         SETTLED",
  })
  void answersByWhatStands(
      Stands stands, Post post, String mail, Place place, Published published, Expected expected) {
    var first = requests.of(MESSAGE, DECIDED_ON, UNITS);
    Decision before = decision(first, DECIDED_ON, stands == Stands.APPROVED);
    Decision earlier = decision(first, SUPERSEDED, false);
    Docket docket =
        new Docket(
            progress(published),
            stands == Stands.NOTHING ? Map.of() : Map.of(MESSAGE, before),
            Map.of(new Submission(MESSAGE, SUPERSEDED), earlier),
            unused(first),
            NOON);
    SubmissionId submission =
        switch (post) {
          case THE_SAME -> DECIDED_ON;
          case A_NEW_ONE -> SubmissionId.next(NOON);
          case A_SUPERSEDED_ONE -> SUPERSEDED;
        };
    int recipients = mail.equals("same") ? UNITS : UNITS + 1;
    var placed = placed(requests.of(MESSAGE, submission, recipients), at(place));

    Verdict verdict = docket.verdict(placed);

    switch (expected) {
      case DECIDED, DECIDED_ANEW -> {
        assertThat(verdict).isEqualTo(new Verdict.Decided(docket.decision(MESSAGE)));
        assertThat(docket.decision(MESSAGE).submission()).isEqualTo(submission);
        assertThat(docket.decision(MESSAGE).source()).isEqualTo(at(place));
        assertThat(docket.changed()).containsExactly(Map.entry(MESSAGE, placed));
        assertThat(docket.charged().values()).containsExactly((long) recipients);
      }
      case VERDICT_AND_APPROVAL_MOVED -> {
        assertThat(verdict).isEqualTo(new Verdict.Redelivered(before.movedTo(at(place)), true));
        assertThat(docket.decision(MESSAGE)).isEqualTo(before.movedTo(at(place)));
        assertThat(docket.changed()).containsExactly(Map.entry(MESSAGE, placed));
        assertThat(docket.charged()).isEmpty();
      }
      case VERDICT_AGAIN ->
          assertUnchanged(docket, verdict, new Verdict.Redelivered(before, false));
      case VERDICT_AND_APPROVAL ->
          assertUnchanged(docket, verdict, new Verdict.Redelivered(before, true));
      case EARLIER_VERDICT ->
          assertUnchanged(docket, verdict, new Verdict.Redelivered(earlier, false));
      case REPLAYED -> assertUnchanged(docket, verdict, new Verdict.Replayed(before));
      case KEY_REUSED -> assertUnchanged(docket, verdict, new Verdict.KeyReused());
      case SETTLED -> assertUnchanged(docket, verdict, new Verdict.Settled());
    }
    assertThat(docket.newlySuperseded())
        .isEqualTo(
            expected == Expected.DECIDED_ANEW
                ? Map.of(new Submission(MESSAGE, DECIDED_ON), before)
                : Map.of());
  }

  @Test
  void answersTwoRequestsOfOneMessageInOneBatchAsIfTheyCameInTwo() {
    var full = requests.of(MESSAGE, 11);
    var fits = requests.of(MESSAGE, UNITS);
    var docket = open(full);

    assertThat(docket.verdict(placed(full, FIRST)))
        .isInstanceOfSatisfying(
            Verdict.Decided.class, refused -> assertThat(refused.decision().approved()).isFalse());
    Decision refused = docket.decision(MESSAGE);
    assertThat(docket.verdict(placed(fits, COPY)))
        .isInstanceOfSatisfying(
            Verdict.Decided.class, granted -> assertThat(granted.decision().approved()).isTrue());
    Decision granted = docket.decision(MESSAGE);

    assertThat(docket.verdict(placed(full, COPY)))
        .isEqualTo(new Verdict.Redelivered(refused, false));
    assertThat(docket.verdict(placed(fits, COPY)))
        .isEqualTo(new Verdict.Redelivered(granted, true));
    assertThat(docket.verdict(placed(requests.of(MESSAGE, UNITS), COPY)))
        .isEqualTo(new Verdict.Replayed(granted));
    assertThat(docket.verdict(placed(requests.of(MESSAGE, 1), COPY)))
        .isEqualTo(new Verdict.KeyReused());
    assertThat(docket.newlySuperseded())
        .isEqualTo(Map.of(new Submission(MESSAGE, full.context().submissionId()), refused));
    assertThat(docket.changed()).containsExactly(Map.entry(MESSAGE, placed(fits, COPY)));
    assertThat(docket.charged().values()).containsExactly((long) UNITS);
  }

  @Test
  void countsWhatItGrantedBeforeInTheSameBatch() {
    var four = requests.next(4);
    var docket = open(four);

    assertThat(granted(docket, four)).isTrue();
    assertThat(granted(docket, requests.next(4))).isTrue();
    assertThat(granted(docket, requests.next(4))).isFalse();
    assertThat(granted(docket, requests.next(2))).isTrue();

    assertThat(docket.charged().values()).containsExactly(10L);
    assertThat(docket.changed()).hasSize(4);
  }

  @Test
  void namesTheCountersThatMovedInTheOrderInWhichTheyAreLocked() {
    var several =
        Requests.ofNewKey(
            new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 100),
            new QuotaLimit(QuotaPolicyName.KEY_DAY, 100),
            new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 100));
    var request = several.next(1);
    var docket = open(request);

    assertThat(granted(docket, request)).isTrue();

    assertThat(List.copyOf(docket.charged().keySet())).hasSize(3).isSorted();
  }

  @Test
  void decidesNothingOnACounterThatWasNotLoaded() {
    var request = requests.next(1);
    var docket = new Docket(progress(Published.NOTHING), Map.of(), Map.of(), Map.of(), NOON);

    assertThatThrownBy(() -> docket.verdict(placed(request, FIRST)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was not loaded");
  }

  private static void assertUnchanged(Docket docket, Verdict verdict, Verdict expected) {
    assertThat(verdict).isEqualTo(expected);
    assertThat(docket.changed()).isEmpty();
    assertThat(docket.charged()).isEmpty();
  }

  private static boolean granted(Docket docket, SendRequested request) {
    return docket.verdict(placed(request, FIRST)) instanceof Verdict.Decided(Decision made)
        && made.approved();
  }

  private static Docket open(SendRequested request) {
    return new Docket(progress(Published.NOTHING), Map.of(), Map.of(), unused(request), NOON);
  }

  private static Map<UsageKey, Long> unused(SendRequested request) {
    var used = new HashMap<UsageKey, Long>();
    QuotaPolicy.counters(request).forEach(key -> used.put(key, 0L));
    return used;
  }

  private static Decision decision(
      SendRequested request, SubmissionId submission, boolean approved) {
    return new Decision(
        submission, request.fingerprint(), approved, UNITS, List.of(), NOON, FIRST, null);
  }

  private static ApprovalProgress progress(Published published) {
    return new ApprovalProgress(
        switch (published) {
          case NOTHING -> Map.of(Partition.of(FIRST), FIRST.offset());
          case UP_TO_FIRST -> Map.of(Partition.of(FIRST), FIRST.offset() + 1);
          case ALL ->
              Map.of(Partition.of(COPY), COPY.offset() + 1, Partition.of(ANEW), ANEW.offset() + 1);
        });
  }

  private static Source at(Place place) {
    return switch (place) {
      case FIRST -> FIRST;
      case COPY -> COPY;
      case ANEW -> ANEW;
    };
  }

  private static LocatedRequest placed(SendRequested request, Source source) {
    return new LocatedRequest(request, source, null);
  }
}
