package io.tallypost.intake.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApprovedMailTest {
  private final ApprovedMail mail = new ApprovedMail();

  private static MessageId keyed(String key) {
    return MessageId.of(Examples.ACME, Mode.LIVE, key);
  }

  private static QuotaDecided decided(MessageId id, Verdict verdict) {
    return new QuotaDecided(
        EventContext.accepted(
            id,
            SubmissionId.next(Examples.NOON),
            Examples.ACME,
            Examples.ACME_KEY,
            Mode.LIVE,
            Lane.TRANSACTIONAL,
            Examples.NOON),
        verdict,
        1,
        List.of(),
        null);
  }

  @ParameterizedTest
  @CsvSource({"APPROVED, true", "REPLAYED, true", "REJECTED, false", "KEY_REUSED, false"})
  void knowsWhatWasApproved(Verdict verdict, boolean known) {
    mail.heard(decided(keyed("order-4711"), verdict));

    assertThat(mail.has(keyed("order-4711"))).isEqualTo(known);
    assertThat(mail.has(keyed("order-4712"))).isFalse();
  }

  @Test
  void forgetsNothingOfAMailWhoseKeyIsThenTriedForAnother() {
    mail.heard(decided(keyed("order-4711"), Verdict.APPROVED));
    mail.heard(decided(keyed("order-4711"), Verdict.KEY_REUSED));

    assertThat(mail.has(keyed("order-4711"))).isTrue();
  }

  @Test
  void remembersNoMailThatCannotBeRepeatedAndNoMoreThanItMay() {
    mail.heard(decided(MessageId.next(Examples.NOON), Verdict.APPROVED));
    assertThat(mail.size()).isZero();

    for (int i = 0; i < 25_000; i++) {
      mail.heard(decided(keyed("order-" + i), Verdict.APPROVED));
    }

    assertThat(mail.size()).isEqualTo(20_000);
  }
}
