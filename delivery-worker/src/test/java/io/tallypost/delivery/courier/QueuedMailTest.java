package io.tallypost.delivery.courier;

import static io.tallypost.delivery.courier.Attempts.queued;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.mail.EmailAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a record and its headers say of a mail. */
class QueuedMailTest {
  @ParameterizedTest
  @ValueSource(strings = {"2147483647", "2147483648", "-1", "1000001"})
  void countsNoAttemptsThatNobodyCanHaveMade(String attempts) throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty().set(RecordHeaders.ATTEMPT, attempts));

    assertThat(mail.attempt()).isEqualTo(1);
    assertThat(mail.context("delivered", NOON).attempt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"+1000000000-12-31T23:59:59.999999999Z", "-1000000000-01-01T00:00:00Z", "soon"})
  void countsTheAgeFromTheAcceptanceWhereAHeaderMakesNoSense(String ageFrom) throws Exception {
    QueuedMail mail = queued(RecordHeaders.empty().set(RecordHeaders.AGE_FROM, ageFrom));

    assertThat(mail.ageFrom()).isEqualTo(mail.request().context().acceptedAt());
  }

  @Test
  void sendsToNobodyWhomOnlyAHeaderNames() throws Exception {
    var headers =
        RecordHeaders.empty()
            .setAddresses(
                RecordHeaders.REMAINING_RECIPIENTS,
                List.of(CAROL, new EmailAddress("mallory@example.org")));

    assertThat(queued(headers).recipients()).containsExactly(CAROL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "carol", "mallory@example.org", "carol@example.net eve"})
  void sendsToNobodyWhereThoseWhoRemainCannotBeRead(String remaining) {
    var headers = RecordHeaders.empty().set(RecordHeaders.REMAINING_RECIPIENTS, remaining);

    assertThatExceptionOfType(UnreadableRecordException.class).isThrownBy(() -> queued(headers));
  }

  /** It would end as delivered to all, and no letter would tell of them. */
  @ParameterizedTest
  @ValueSource(strings = {"carol", "bob@example.org carol@"})
  void forgetsNobodyWhoWasRefusedWhereTheyCannotBeRead(String failed) {
    var headers =
        RecordHeaders.empty()
            .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, List.of(CAROL))
            .set(RecordHeaders.FAILED_RECIPIENTS, failed);

    assertThatExceptionOfType(UnreadableRecordException.class).isThrownBy(() -> queued(headers));
  }
}
