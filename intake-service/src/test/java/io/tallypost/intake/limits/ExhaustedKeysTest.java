package io.tallypost.intake.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExhaustedKeysTest {
  private static final Instant NOON = Examples.NOON;
  private static final List<QuotaLimit> LIMITS =
      List.of(new QuotaLimit(QuotaPolicyName.KEY_DAY, 10));

  private final ExhaustedKeys keys = new ExhaustedKeys();

  @Test
  void knowsAKeyFromItsVerdict() {
    assertThat(isRefused()).isFalse();

    keys.heard(decided(Verdict.REJECTED, 10, NOON));

    assertThat(isRefused()).isTrue();
    assertThat(keys.refusal(caller("Another0123456ab", LIMITS), 1, NOON.plusSeconds(9))).isEmpty();
  }

  @Test
  void forgetsItWhenALaterMailIsGranted() {
    keys.heard(decided(Verdict.REJECTED, 10, NOON));

    keys.heard(decided(Verdict.APPROVED, 9, NOON.plusSeconds(1)));

    assertThat(isRefused()).isFalse();
  }

  @Test
  void forgetsItWhenALaterMailIsOnlyTooLarge() {
    keys.heard(decided(Verdict.REJECTED, 10, NOON));

    keys.heard(decided(Verdict.REJECTED, 9, NOON.plusSeconds(1)));

    assertThat(isRefused()).isFalse();
  }

  @Test
  void keepsItWhenALateVerdictIsAboutAnEarlierMail() {
    keys.heard(decided(Verdict.REJECTED, 10, NOON));

    keys.heard(decided(Verdict.APPROVED, 9, NOON.minusSeconds(1)));
    keys.heard(decided(Verdict.APPROVED, 10, NOON));

    assertThat(isRefused()).isTrue();
  }

  @Test
  void keepsItWhenAnOldAnswerIsRepeated() {
    keys.heard(decided(Verdict.REJECTED, 10, NOON));

    keys.heard(decided(Verdict.REPLAYED, 3, NOON.plusSeconds(1)));
    keys.heard(decided(Verdict.KEY_REUSED, 0, NOON.plusSeconds(1)));

    assertThat(isRefused()).isTrue();
  }

  @Test
  void remembersNoMoreThanItsBound() {
    for (int i = 0; i < 30_000; i++) {
      keys.heard(decided(Verdict.REJECTED, 10, NOON, "%016d".formatted(i)));
    }

    assertThat(keys.size()).isLessThanOrEqualTo(10_000);
  }

  private boolean isRefused() {
    return keys.refusal(caller(Examples.ACME_KEY.value(), LIMITS), 1, NOON.plusSeconds(9))
        .isPresent();
  }

  private static QuotaDecided decided(Verdict verdict, long used, Instant acceptedAt) {
    return decided(verdict, used, acceptedAt, Examples.ACME_KEY.value());
  }

  private static QuotaDecided decided(Verdict verdict, long used, Instant acceptedAt, String key) {
    var context =
        EventContext.accepted(
            MessageId.next(acceptedAt),
            SubmissionId.next(acceptedAt),
            Examples.ACME,
            new ApiKeyId(key),
            Mode.LIVE,
            Lane.TRANSACTIONAL,
            acceptedAt);
    var policy =
        new PolicyUsage(
            QuotaPolicyName.KEY_DAY,
            10,
            used,
            Examples.MIDNIGHT_AFTER,
            verdict == Verdict.REJECTED);
    return new QuotaDecided(context, verdict, 1, List.of(policy), null);
  }

  private static Caller caller(String key, List<QuotaLimit> limits) {
    var state =
        new ApiKeyState(
            1,
            1,
            new ApiKeyId(key),
            Examples.ACME,
            "test",
            Mode.LIVE,
            Set.of(Scope.SEND),
            List.of(),
            true,
            limits,
            null);
    return new Caller(state, limits, new Credential(new ApiKeySecret("hash", null), "192.0.2.1"));
  }
}
