package io.tallypost.quota.decide;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static io.tallypost.ids.QuotaPolicyName.KEY_DAY;
import static io.tallypost.ids.QuotaPolicyName.KEY_MINUTE;
import static io.tallypost.ids.QuotaPolicyName.TENANT_DAY;
import static io.tallypost.ids.QuotaPolicyName.TENANT_MONTH;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import io.tallypost.quota.consume.Requests;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rule, at its boundaries. */
class QuotaPolicyTest {
  private final Map<UsageKey, Long> used = new HashMap<>();

  @Test
  void grantsUpToTheLimitAndNotOneMore() {
    var requests = Requests.ofNewKey(10);

    assertThat(charge(requests.next(5))).isTrue();
    assertThat(charge(requests.next(5))).isTrue();
    assertThat(charge(requests.next(1))).isFalse();

    assertThat(used).containsValue(10L).hasSize(1);
  }

  @Test
  void refusesTwoWhereOneIsLeftAndThenGrantsOne() {
    var requests = Requests.ofNewKey(100);
    for (int n = 0; n < 3; n++) {
      assertThat(charge(requests.next(33))).isTrue();
    }

    assertThat(charge(requests.next(2))).isFalse();
    assertThat(charge(requests.next(1))).isTrue();
  }

  @Test
  void refusesAFirstRequestThatIsLargerThanTheLimit() {
    var decided = QuotaPolicy.decide(Requests.ofNewKey(3).next(4), key -> 0);

    assertThat(decided.approved()).isFalse();
    assertThat(decided.charged()).isEmpty();
    assertThat(decided.policies())
        .containsExactly(
            new PolicyUsage(KEY_DAY, 3, 0, Instant.parse("2026-11-23T00:00:00Z"), true));
  }

  @Test
  void chargesEveryPolicyOrNone() {
    var requests =
        Requests.ofNewKey(
            new QuotaLimit(KEY_MINUTE, 100),
            new QuotaLimit(KEY_DAY, 5),
            new QuotaLimit(TENANT_DAY, 100),
            new QuotaLimit(TENANT_MONTH, 4));

    assertThat(charge(requests.next(3))).isTrue();
    var refused = QuotaPolicy.decide(requests.next(2), this::used);

    assertThat(refused.approved()).isFalse();
    assertThat(refused.policies())
        .extracting(PolicyUsage::policy, PolicyUsage::violated, PolicyUsage::used)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(KEY_MINUTE, false, 3L),
            org.assertj.core.groups.Tuple.tuple(KEY_DAY, false, 3L),
            org.assertj.core.groups.Tuple.tuple(TENANT_DAY, false, 3L),
            org.assertj.core.groups.Tuple.tuple(TENANT_MONTH, true, 3L));
    assertThat(used).hasSize(4).allSatisfy((key, count) -> assertThat(count).isEqualTo(3));
  }

  @Test
  void grantsEverythingWhereNoLimitIsGiven() {
    assertThat(QuotaPolicy.decide(Requests.ofNewKey().next(50), key -> 0).approved()).isTrue();
  }

  @Test
  void countsARecipientOnceHoweverOftenItIsNamed() {
    var mail =
        new Mail(
            MAIL.from(),
            List.of(Mailbox.of(BOB), Mailbox.of(ALICE)),
            List.of(Mailbox.of(BOB)),
            List.of(Mailbox.of(ALICE)),
            List.of(),
            "",
            "text",
            null,
            new java.util.TreeMap<>());
    var request = Requests.ofNewKey(2).next(1);
    var twice =
        new SendRequested(request.context(), request.fingerprint(), false, request.limits(), mail);

    assertThat(QuotaPolicy.decide(twice, key -> 0).approved()).isTrue();
  }

  @Test
  void survivesALimitThatMeansAsGoodAsNone() {
    var request = Requests.ofNewKey(Long.MAX_VALUE).next(2);

    assertThat(QuotaPolicy.decide(request, key -> Long.MAX_VALUE - 1).approved()).isFalse();
    assertThat(QuotaPolicy.decide(request, key -> Long.MAX_VALUE - 2).approved()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "KEY_MINUTE, 2026-11-22T12:00:59.999999Z, 2026-11-22T12:00:00Z, 2026-11-22T12:01:00Z",
    "KEY_MINUTE, 2026-11-22T12:01:00Z, 2026-11-22T12:01:00Z, 2026-11-22T12:02:00Z",
    "KEY_DAY, 2026-11-22T23:59:59.999999Z, 2026-11-22T00:00:00Z, 2026-11-23T00:00:00Z",
    "TENANT_DAY, 2026-11-23T00:00:00Z, 2026-11-23T00:00:00Z, 2026-11-24T00:00:00Z",
    "TENANT_MONTH, 2028-02-29T23:59:59.999999Z, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
    "TENANT_MONTH, 2026-12-31T23:59:59Z, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z",
  })
  void alignsWindowsInUtc(QuotaPolicyName policy, Instant at, Instant start, Instant end) {
    var key = UsageKey.of(policy, Requests.ofNewKey(1).at(at).next(1).context());

    assertThat(key.windowStart()).isEqualTo(start);
    assertThat(key.resetsAt()).isEqualTo(end);
  }

  @Test
  void beginsAgainWithTheNextWindow() {
    var requests = Requests.ofNewKey(1);

    assertThat(charge(requests.at(Instant.parse("2026-11-22T23:59:59Z")).next(1))).isTrue();
    assertThat(charge(requests.at(Instant.parse("2026-11-23T00:00:00Z")).next(1))).isTrue();
  }

  @Test
  void keepsTestMailOffTheTenantsLiveCounters() {
    var requests = Requests.ofNewKey(new QuotaLimit(TENANT_DAY, 1));

    assertThat(charge(requests.next(1))).isTrue();
    assertThat(charge(requests.inMode(Mode.TEST).next(1))).isTrue();
    assertThat(charge(requests.at(NOON.plusSeconds(1)).next(1))).isFalse();
  }

  private boolean charge(SendRequested request) {
    var decided = QuotaPolicy.decide(request, this::used);
    decided.charged().forEach(key -> used.merge(key, (long) QuotaPolicy.units(request), Long::sum));
    return decided.approved();
  }

  private long used(UsageKey key) {
    return used.getOrDefault(key, 0L);
  }
}
