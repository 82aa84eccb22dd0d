package io.tallypost.quota.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.quota.decide.LocatedRequest;
import io.tallypost.quota.decide.Source;
import io.tallypost.quota.decide.Thinning;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is old goes, in batches, and nothing else does. */
class ThinningIT {

  @Test
  void deletesByAgeAndKeepsKeyedDecisionsLonger() {
    var requests = Requests.ofNewKey(100);
    var keyed = requests.withIdempotencyKey().next(1);
    var others = Stream.generate(() -> requests.next(1)).limit(5).toList();
    decide(keyed);
    others.forEach(ThinningIT::decide);

    thinAfter(Duration.ofDays(13));
    assertThat(others).allMatch(request -> isThere(request.messageId()));

    thinAfter(Duration.ofDays(15));
    assertThat(others).noneMatch(request -> isThere(request.messageId()));
    assertThat(isThere(keyed.messageId())).isTrue();

    thinAfter(Duration.ofDays(31));
    assertThat(isThere(keyed.messageId())).isFalse();
    assertThat(QuotaRig.charged(requests)).isEqualTo(6);

    thinAfter(Duration.ofDays(52));
    assertThat(QuotaRig.charged(requests)).isZero();
  }

  private static void decide(SendRequested request) {
    var placed = new LocatedRequest(request, new Source(UUID.randomUUID(), 0, 0), null);
    QuotaRig.ledger().decide(List.of(placed), Map.of());
  }

  private static void thinAfter(Duration age) {
    var later = InstantSource.fixed(Instant.now().plus(age));
    new Thinning(QuotaRig.db(), QuotaRig.SETTINGS, later).thin();
  }

  private static boolean isThere(MessageId message) {
    return QuotaRig.db()
            .sql("SELECT count(*) FROM quota.decision WHERE message_id = ?")
            .param(message.value())
            .query(Long.class)
            .single()
        > 0;
  }
}
