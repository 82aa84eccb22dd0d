package io.tallypost.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.TenantId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantQueueTest {
  private static final TenantId LOUD = new TenantId("loud");
  private static final TenantId QUIET = new TenantId("quiet");
  private final TenantQueue<Integer> turns = new TenantQueue<>();

  @Test
  void givesEachTenantItsTurnHoweverMuchAnotherHas() {
    for (int i = 0; i < 5; i++) {
      turns.add(LOUD, i);
    }
    turns.add(QUIET, 10);
    turns.add(QUIET, 11);

    assertThat(all()).containsExactly(0, 10, 1, 11, 2, 3, 4);
  }

  @Test
  void forgetsWhoDoesNotWaitAnyMore() {
    turns.add(LOUD, 1);
    turns.add(LOUD, 2);
    turns.add(QUIET, 3);

    assertThat(turns.remove(LOUD, 1)).isTrue();
    assertThat(turns.remove(LOUD, 1)).isFalse();
    assertThat(turns.remove(QUIET, 3)).isTrue();

    assertThat(turns.size()).isEqualTo(1);
    assertThat(all()).containsExactly(2);
  }

  private List<Integer> all() {
    List<Integer> all = new ArrayList<>();
    while (!turns.isEmpty()) {
      all.add(turns.next());
    }
    return all;
  }
}
