package io.tallypost.intake.limits;

import static io.tallypost.events.Examples.MIDNIGHT_AFTER;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitHeadersTest {

  @Test
  void namesThePoliciesWithTheirWindows() {
    assertThat(
            RateLimitHeaders.policies(
                List.of(
                    new QuotaLimit(QuotaPolicyName.KEY_MINUTE, 60),
                    new QuotaLimit(QuotaPolicyName.KEY_DAY, 1000),
                    new QuotaLimit(QuotaPolicyName.TENANT_MONTH, 5000)),
                NOON))
        .contains(
            "\"key_minute\";q=60;w=60, \"key_day\";q=1000;w=86400, \"tenant_month\";q=5000;w=2592000");
    assertThat(RateLimitHeaders.policies(List.of(), NOON)).isEmpty();
  }

  @Test
  void tellsTheTightestPolicyInBothForms() {
    var headers =
        RateLimitHeaders.standing(
            List.of(
                new PolicyUsage(QuotaPolicyName.KEY_DAY, 1000, 999, MIDNIGHT_AFTER, false),
                new PolicyUsage(QuotaPolicyName.KEY_MINUTE, 60, 1, NOON.plusSeconds(30), false)),
            NOON);

    assertThat(headers.getFirst("RateLimit")).isEqualTo("\"key_day\";r=1;t=43200");
    assertThat(headers.getFirst("X-RateLimit-Limit")).isEqualTo("1000");
    assertThat(headers.getFirst("X-RateLimit-Remaining")).isEqualTo("1");
    assertThat(headers.getFirst("X-RateLimit-Reset")).isEqualTo("43200");
  }

  @Test
  void roundsTimesUpAndNeverBelowZero() {
    assertThat(RateLimitHeaders.secondsUntil(NOON.plusMillis(1), NOON)).isEqualTo(1);
    assertThat(RateLimitHeaders.secondsUntil(NOON.plusSeconds(1), NOON)).isEqualTo(1);
    assertThat(RateLimitHeaders.secondsUntil(NOON.minusSeconds(5), NOON)).isZero();
  }
}
