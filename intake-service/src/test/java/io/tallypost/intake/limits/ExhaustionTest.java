package io.tallypost.intake.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExhaustionTest {
  /** When the refused mail was accepted: 12:00:00. */
  private static final Instant NOON = Examples.NOON;

  private static final Instant MINUTE_ENDS = NOON.plus(1, ChronoUnit.MINUTES);
  private static final Instant DAY_ENDS =
      NOON.truncatedTo(ChronoUnit.DAYS).plus(Duration.ofDays(1));

  /** Used and limit of the minute and the day as quota refused a mail; another mail, later. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # what                                | verdict  | minute | day       | limits now | units | after      | violated
          the limit is used up                  | REJECTED | 3/10   | 1000/1000 | 10 1000    | 1     | PT1S       | key_day
          at the very time of the verdict       | REJECTED | 3/10   | 1000/1000 | 10 1000    | 1     | PT0S       | key_day
          more is used than the limit           | REJECTED | 3/10   | 1200/1000 | 10 1000    | 1     | PT1S       | key_day
          it does not fit the other one either  | REJECTED | 3/10   | 1000/1000 | 10 1000    | 8     | PT1S       | key_minute key_day
          a mail to 50 left room for one        | REJECTED | 3/10   | 951/1000  | 10 1000    | 1     | PT1S       | ask
          a mail to 50 left room for 49         | REJECTED | 3/10   | 951/1000  | 10 1000    | 50    | PT1S       | ask
          the minute is used up                 | REJECTED | 10/10  | 500/1000  | 10 1000    | 1     | PT59.999S  | key_minute
          the minute is over, exactly           | REJECTED | 10/10  | 500/1000  | 10 1000    | 1     | PT60S      | ask
          the minute is over, the day used up   | REJECTED | 10/10  | 1000/1000 | 10 1000    | 1     | PT60S      | key_day
          the day's last millisecond            | REJECTED | 10/10  | 1000/1000 | 10 1000    | 1     | PT11H59M59.999S | key_day
          the day is over, exactly              | REJECTED | 10/10  | 1000/1000 | 10 1000    | 1     | PT12H      | ask
          the clock was set back                | REJECTED | 3/10   | 1000/1000 | 10 1000    | 1     | PT-0.001S  | ask
          the day's limit was raised            | REJECTED | 3/10   | 1000/1000 | 10 1001    | 1     | PT1S       | ask
          the day's limit was lowered           | REJECTED | 3/10   | 1000/1000 | 10 999     | 1     | PT1S       | ask
          the other limit was changed           | REJECTED | 3/10   | 1000/1000 | 11 1000    | 1     | PT1S       | ask
          the other limit was lifted            | REJECTED | 3/10   | 1000/1000 | - 1000     | 1     | PT1S       | ask
          the last of it was granted            | APPROVED | 3/10   | 1000/1000 | 10 1000    | 1     | PT1S       | ask
          an old answer was repeated            | REPLAYED | 3/10   | 1000/1000 | 10 1000    | 1     | PT1S       | ask
          the key was another mail's            | KEY_REUSED | 3/10 | 1000/1000 | 10 1000    | 1     | PT1S       | ask
          """)
  void saysWhatQuotaWouldSayOrThatItMustBeAsked(
      String what,
      QuotaDecided.Verdict verdict,
      String minute,
      String day,
      String limits,
      int units,
      Duration after,
      String violated) {
    var decision =
        decided(
            verdict,
            usage(QuotaPolicyName.KEY_MINUTE, minute, MINUTE_ENDS),
            usage(QuotaPolicyName.KEY_DAY, day, DAY_ENDS));

    Optional<List<PolicyUsage>> refusal =
        Exhaustion.of(decision)
            .flatMap(known -> known.refusal(limits(limits), units, NOON.plus(after)));

    assertThat(refusal.map(ExhaustionTest::violated).orElse("ask")).isEqualTo(violated);
  }

  @Test
  void leavesOutALimitWhoseWindowIsOver() {
    var decision =
        decided(
            QuotaDecided.Verdict.REJECTED,
            usage(QuotaPolicyName.KEY_MINUTE, "10/10", MINUTE_ENDS),
            usage(QuotaPolicyName.KEY_DAY, "1000/1000", DAY_ENDS));

    var refusal = Exhaustion.of(decision).orElseThrow().refusal(limits("10 1000"), 1, MINUTE_ENDS);

    assertThat(refusal.orElseThrow())
        .containsExactly(new PolicyUsage(QuotaPolicyName.KEY_DAY, 1000, 1000, DAY_ENDS, true));
  }

  private static QuotaDecided decided(QuotaDecided.Verdict verdict, PolicyUsage... policies) {
    var approved = Examples.approved(Examples.sendRequested());
    return new QuotaDecided(approved.context(), verdict, 1, List.of(policies), null);
  }

  private static PolicyUsage usage(QuotaPolicyName policy, String usedOfLimit, Instant resetsAt) {
    String[] numbers = usedOfLimit.split("/", -1);
    long used = Long.parseLong(numbers[0]);
    long limit = Long.parseLong(numbers[1]);
    return new PolicyUsage(policy, limit, used, resetsAt, false);
  }

  private static List<QuotaLimit> limits(String minuteAndDay) {
    String[] numbers = minuteAndDay.split(" ", -1);
    var day = new QuotaLimit(QuotaPolicyName.KEY_DAY, Long.parseLong(numbers[1]));
    // In another order than quota's.
    return numbers[0].equals("-")
        ? List.of(day)
        : Arrays.asList(
            day, new QuotaLimit(QuotaPolicyName.KEY_MINUTE, Long.parseLong(numbers[0])));
  }

  private static String violated(List<PolicyUsage> policies) {
    return String.join(
        " ",
        policies.stream()
            .filter(PolicyUsage::violated)
            .map(policy -> policy.policy().wireName())
            .toList());
  }
}
