package io.tallypost.quota.consume;

import static io.tallypost.events.QuotaDecided.Verdict.APPROVED;
import static io.tallypost.events.QuotaDecided.Verdict.KEY_REUSED;
import static io.tallypost.events.QuotaDecided.Verdict.REJECTED;
import static io.tallypost.events.QuotaDecided.Verdict.REPLAYED;
import static io.tallypost.ids.QuotaPolicyName.KEY_DAY;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.mail.Lane;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What comes of a request, and of its repeats. */
class DecidingIT {
  private static QuotaRig quota;
  private static Topic decisions;
  private static Topic approved;
  private static Topic bulk;

  @BeforeAll
  static void start() {
    quota = QuotaRig.start();
    decisions = Topic.fromNowOn(Topics.DECISIONS);
    approved = Topic.fromNowOn(Topics.APPROVED);
    bulk = Topic.fromNowOn(Topics.APPROVED_BULK);
  }

  @AfterAll
  static void stop() {
    quota.close();
    decisions.close();
    approved.close();
    bulk.close();
  }

  @Test
  void answersARequestAndPassesItsBytesOn() {
    var requests = Requests.ofNewKey(10);
    var request = requests.next(3);

    QuotaRig.send(request);

    var answer = decisions.atLeast(1, request.messageId()).getFirst();
    var verdict = Topic.verdict(answer);
    assertThat(verdict.verdict()).isEqualTo(APPROVED);
    assertThat(verdict.units()).isEqualTo(3);
    assertThat(verdict.policies())
        .singleElement()
        .satisfies(day -> {
          assertThat(day.policy()).isEqualTo(KEY_DAY);
          assertThat(day.remaining()).isEqualTo(7);
        });
    var headers = RecordHeaders.of(answer.headers());
    assertThat(headers.text(RecordHeaders.REPLY_TO)).contains("intake-1");
    assertThat(headers.text(RecordHeaders.REQUEST_ID)).contains("req-1");

    var passedOn = approved.atLeast(1, request.messageId()).getFirst();
    assertThat(passedOn.value()).isEqualTo(EventJson.write(request));
    headers = RecordHeaders.of(passedOn.headers());
    assertThat(headers.text(RecordHeaders.ORIGIN)).contains("quota");
    assertThat(headers.text(RecordHeaders.REQUEST_ID)).contains("req-1");
    assertThat(headers.text(RecordHeaders.REPLY_TO)).contains("intake-1");
  }

  @Test
  void putsBulkMailInItsOwnLane() {
    var request = Requests.ofNewKey(10).inLane(Lane.BULK).next(1);

    QuotaRig.send(request);

    assertThat(bulk.atLeast(1, request.messageId())).hasSize(1);
    assertThat(approved.read(Topic.about(request.messageId()))).isEmpty();
  }

  @Test
  void rejectsWhatIsOverTheLimitAndChargesNothing() {
    var requests = Requests.ofNewKey(2);
    var request = requests.next(3);

    QuotaRig.send(request);

    assertThat(decisions.verdicts(1, request.messageId()))
        .singleElement()
        .extracting(QuotaDecided::verdict)
        .isEqualTo(REJECTED);
    assertNotApproved(request.messageId());
    assertThat(QuotaRig.charged(requests)).isZero();
  }

  @Test
  void repeatsTheVerdictOfARedeliveryAndApprovesItOnce() {
    var requests = Requests.ofNewKey(10);
    var request = requests.next(2);

    QuotaRig.send(request);
    decisions.atLeast(1, request.messageId());
    QuotaRig.send(request);

    var verdicts = decisions.verdicts(2, request.messageId());
    assertThat(verdicts.get(1)).isEqualTo(verdicts.get(0));
    assertApprovedOnce(request.messageId());
    assertThat(QuotaRig.charged(requests)).isEqualTo(2);
  }

  @Test
  void replaysTheFirstAnswerToARepeatOfAnApprovedMail() {
    var requests = Requests.ofNewKey(10).withIdempotencyKey();
    var first = requests.next(2);
    var repeat = requests.of(first.messageId(), 2);
    var other = requests.of(first.messageId(), 3);

    QuotaRig.send(first, repeat, other);

    var verdicts = decisions.verdicts(3, first.messageId());
    assertThat(verdicts)
        .extracting(QuotaDecided::verdict)
        .containsExactly(APPROVED, REPLAYED, KEY_REUSED);
    assertThat(verdicts.get(1).policies()).isEqualTo(verdicts.get(0).policies());
    assertThat(verdicts.get(1).context().submissionId()).isEqualTo(repeat.context().submissionId());
    assertApprovedOnce(first.messageId());
    assertThat(QuotaRig.charged(requests)).isEqualTo(2);
  }

  @Test
  void decidesAnewWhatWasRejectedAndStillAnswersTheRejectedOneAsBefore() {
    var tight = Requests.ofNewKey(1).withIdempotencyKey();
    var rejected = tight.next(2);
    var wider = tight.limited(new QuotaLimit(KEY_DAY, 5));
    var again = wider.of(rejected.messageId(), 2);

    QuotaRig.send(rejected, again, rejected);

    var verdicts = decisions.verdicts(3, rejected.messageId());
    assertThat(verdicts)
        .extracting(QuotaDecided::verdict)
        .containsExactly(REJECTED, APPROVED, REJECTED);
    assertThat(verdicts.get(2)).isEqualTo(verdicts.get(0));
    assertApprovedOnce(rejected.messageId());
    assertThat(QuotaRig.charged(tight)).isEqualTo(2);
  }

  @Test
  void countsOverMidnightByTheTimeOfAcceptance() {
    var today = Requests.ofNewKey(1).at(Instant.parse("2026-11-22T23:59:59.999Z"));
    var tomorrow = today.at(Instant.parse("2026-11-23T00:00:00Z"));
    var first = today.next(1);
    var second = tomorrow.next(1);

    QuotaRig.send(second, first);

    assertThat(decisions.verdicts(1, first.messageId()).getFirst().verdict()).isEqualTo(APPROVED);
    assertThat(decisions.verdicts(1, second.messageId()).getFirst().verdict()).isEqualTo(APPROVED);
  }

  /** A later mail of the same partition is through, so an approval would be there. */
  private static void assertNotApproved(MessageId message) {
    awaitOneMore(message);
    assertThat(approved.read(Topic.about(message))).isEmpty();
  }

  private static void assertApprovedOnce(MessageId message) {
    assertThat(approved.atLeast(1, message)).hasSize(1);
    awaitOneMore(message);
    assertThat(approved.read(Topic.about(message))).hasSize(1);
  }

  private static void awaitOneMore(MessageId message) {
    var marker = Requests.ofNewKey().next(1);
    var record = QuotaRig.record(marker);
    int partition = decisions.atLeast(1, message).getFirst().partition();
    QuotaRig.send(
        List.of(
            new org.apache.kafka.clients.producer.ProducerRecord<>(
                record.topic(), partition, record.key(), record.value())));
    approved.atLeast(1, marker.messageId());
  }
}
