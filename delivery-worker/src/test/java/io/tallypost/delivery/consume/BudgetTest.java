package io.tallypost.delivery.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.consume.Budget.Answer;
import io.tallypost.delivery.consume.Budget.Claim;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** 100 places, 1 000 bytes; a quarter for a relay, half for a tenant and for bulk. */
class BudgetTest {
  private long now;
  private final Budget budget = new Budget(new Budget.Limits(100, 1000, 50, 25, 50), () -> now);

  @Test
  void givesOneRelayNoMoreThanItsShare() {
    assertThat(begin(30, claim("acme", "acme", 1))).isEqualTo(25);
    assertThat(budget.begin(claim("acme", "acme", 1))).isEqualTo(Answer.SHARE_USED);
    assertThat(budget.begin(claim("shop", "shop", 1))).isEqualTo(Answer.BEGIN);
  }

  @Test
  void countsTheMailOfAllTenantsThatShareARelay() {
    assertThat(begin(20, claim("acme", "*", 1))).isEqualTo(20);
    assertThat(begin(20, claim("shop", "*", 1))).isEqualTo(5);
  }

  @Test
  void givesOneTenantNoMoreThanItsShareOverAllItsRelays() {
    var several = new RelayGroup("acme", 3);
    assertThat(begin(70, new Claim(Lane.TRANSACTIONAL, tenant("acme"), several, 1))).isEqualTo(50);
    assertThat(begin(1, claim("acme", "(simulated)", 1))).isZero();
    assertThat(begin(1, claim("shop", "(simulated)", 1))).isEqualTo(1);
  }

  @Test
  void givesOneRelayNoMoreThanItsShareOfTheBytes() {
    assertThat(begin(9, claim("acme", "acme", 100))).isEqualTo(2);
    assertThat(begin(9, claim("shop", "shop", 100))).isEqualTo(2);
  }

  @Test
  void letsAMailBeyondItsRelaysShareGoAlone() {
    Claim huge = claim("acme", "acme", 5000);
    assertThat(budget.begin(claim("acme", "acme", 1))).isEqualTo(Answer.BEGIN);
    assertThat(budget.begin(huge)).isEqualTo(Answer.SHARE_USED);

    budget.ended(claim("acme", "acme", 1));

    assertThat(budget.begin(huge)).isEqualTo(Answer.BEGIN);
    assertThat(budget.begin(claim("acme", "acme", 1))).isEqualTo(Answer.SHARE_USED);
    assertThat(budget.begin(claim("shop", "shop", 250))).isEqualTo(Answer.BEGIN);
  }

  @Test
  void givesALargeMailItsTurnHoweverManySmallOnesKeepItsRelayBusy() {
    Claim large = claim("acme", "*", 200);
    Claim small = claim("shop", "*", 50);
    assertThat(begin(9, small)).isEqualTo(5);

    int turns = 0;
    while (budget.begin(large) != Answer.BEGIN) {
      assertThat(turns++).as("small mails that went before").isLessThan(1000);
      pass(Duration.ofMillis(20));
      budget.ended(small);
      begin(5, small);
    }

    budget.ended(large);
    assertThat(begin(9, small)).as("nothing is kept free any more").isPositive();
  }

  @Test
  void keepsNothingFreeForAMailThatDoesNotAskAgain() {
    Claim large = claim("acme", "*", 200);
    Claim small = claim("shop", "*", 50);
    assertThat(begin(2, small)).isEqualTo(2);
    askFor(large, Budget.PATIENCE);
    assertThat(begin(1, small)).as("kept free").isZero();

    pass(Duration.ofMillis(1001));

    assertThat(begin(1, small)).isOne();
  }

  @Test
  void letsOthersGoOnWhereWhatALargeMailWaitsForDoesNotEnd() {
    Claim large = claim("acme", "*", 200);
    Claim small = claim("shop", "*", 50);
    assertThat(begin(2, small)).isEqualTo(2);

    askFor(large, Budget.PATIENCE);
    assertThat(begin(1, small)).as("kept free").isZero();
    askFor(large, Budget.PATIENCE);

    assertThat(begin(1, small)).as("not for ever").isOne();
  }

  private void askFor(Claim claim, Duration time) {
    for (long left = time.toMillis(); left >= 0; left -= 100) {
      assertThat(budget.begin(claim)).isEqualTo(Answer.SHARE_USED);
      pass(Duration.ofMillis(100));
    }
  }

  @Test
  void leavesRoomForOthersHoweverManyRelaysTakeAllTheyGet() {
    int begun = 0;
    for (int i = 0; i < 5; i++) {
      begun += begin(100, claim("t" + i, "r" + i, 1));
    }
    assertThat(begun).as("a quarter of what the others leave, each").isBetween(60, 80);

    assertThat(begin(100, claim("shop", "shop", 1))).isGreaterThanOrEqualTo(5);
  }

  @Test
  void leavesRoomForOthersHoweverManyRelaysTwoTenantsHave() {
    for (int i = 0; i < 40; i++) {
      begin(100, claim(i % 2 == 0 ? "acme" : "loud", "r" + i, 1));
    }
    assertThat(budget.inFlight()).as("half of what the other leaves, each").isLessThanOrEqualTo(75);

    assertThat(begin(100, claim("shop", "shop", 1))).isGreaterThanOrEqualTo(6);
  }

  @Test
  void leavesBytesForOthersHoweverManyRelaysTakeAllTheyGet() {
    for (int i = 0; i < 5; i++) {
      begin(100, claim("t" + i, "r" + i, 20));
    }

    assertThat(begin(100, claim("shop", "shop", 20))).isGreaterThanOrEqualTo(2);
  }

  @Test
  void isFullForEverybodyWhenAllPlacesAreTaken() {
    fill(Lane.TRANSACTIONAL, 100);
    assertThat(budget.begin(claim("shop", "shop", 1))).isEqualTo(Answer.FULL);

    budget.ended(claim("t0", "t0", 1));

    assertThat(budget.begin(claim("shop", "shop", 1))).isEqualTo(Answer.BEGIN);
    assertThat(budget.inFlight()).isEqualTo(100);
  }

  @Test
  void keepsBulkMailToItsShareWhileTransactionalMailWaits() {
    fill(Lane.BULK, 60);
    Claim more = new Claim(Lane.BULK, tenant("more"), new RelayGroup("more", 1), 1);
    assertThat(budget.begin(more)).isEqualTo(Answer.BEGIN);

    budget.waits(Lane.TRANSACTIONAL, true);
    assertThat(budget.begin(more)).isEqualTo(Answer.FULL);

    budget.waits(Lane.TRANSACTIONAL, false);
    assertThat(budget.begin(more)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void keepsTransactionalMailsShareHoweverMuchBulkMailThereIs() {
    for (int i = 0; i < 10; i++) {
      begin(100, new Claim(Lane.BULK, tenant("b" + i), new RelayGroup("b" + i, 1), 1));
    }
    int free = 100 - budget.inFlight();
    assertThat(free).isBetween(1, 24);

    assertThat(begin(100, claim("shop", "shop", 1)))
        .as("a quarter of all, if free")
        .isEqualTo(free);
    assertThat(budget.begin(claim("shop", "shop", 1)))
        .as("bulk mail is to make room")
        .isEqualTo(Answer.FULL);
  }

  @Test
  void leavesBulkMailItsPartOfAShareThoughOthersHaveBulkMail() {
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), new RelayGroup("acme", 1), 1);
    Claim urgent = claim("acme", "acme", 1);
    begin(25, new Claim(Lane.BULK, tenant("other"), new RelayGroup("other", 1), 1));
    assertThat(begin(30, urgent)).isEqualTo(25);

    int begun = 0;
    for (int i = 0; i < 25; i++) {
      budget.ended(urgent);
      begun += begin(1, bulk);
      begin(1, urgent);
    }

    assertThat(begun).as("half of a quarter of what the other leaves").isBetween(8, 10);
  }

  @Test
  void keepsBulkMailToItsPartOfARelaysShareWhileTransactionalMailWaitsForIt() {
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), new RelayGroup("*", 1), 1);
    Claim urgent = claim("shop", "*", 1);
    assertThat(begin(30, bulk)).isEqualTo(25);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.SHARE_USED);

    budget.ended(bulk);

    assertThat(budget.begin(bulk)).as("it has more than 12").isEqualTo(Answer.SHARE_USED);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.BEGIN);
    assertThat(budget.begin(new Claim(Lane.BULK, tenant("else"), new RelayGroup("else", 1), 1)))
        .as("nobody waits there")
        .isEqualTo(Answer.BEGIN);
  }

  @Test
  void keepsBulkMailToItsPartOfATenantsShareWhileTransactionalMailWaitsForIt() {
    var several = new RelayGroup("acme", 4);
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), several, 1);
    Claim urgent = new Claim(Lane.TRANSACTIONAL, tenant("acme"), several, 1);
    assertThat(begin(60, bulk)).isEqualTo(50);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.SHARE_USED);

    budget.ended(bulk);

    assertThat(budget.begin(bulk)).isEqualTo(Answer.SHARE_USED);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void leavesBulkMailItsPartOfAShareHoweverMuchTransactionalMailWaits() {
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), new RelayGroup("*", 1), 1);
    Claim urgent = claim("shop", "*", 1);
    assertThat(begin(30, urgent)).isEqualTo(25);
    for (int i = 0; i < 13; i++) {
      budget.ended(urgent);
    }

    assertThat(begin(30, bulk)).as("half of the share").isEqualTo(12);
    assertThat(begin(30, urgent)).isOne();
  }

  @Test
  void givesBulkMailTheWholeShareAgainWhenNoTransactionalMailHasAskedForAWhile() {
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), new RelayGroup("*", 1), 1);
    assertThat(begin(30, bulk)).isEqualTo(25);
    assertThat(budget.begin(claim("shop", "*", 1))).isEqualTo(Answer.SHARE_USED);
    budget.ended(bulk);
    pass(Duration.ofMillis(100));
    assertThat(budget.begin(bulk)).isEqualTo(Answer.SHARE_USED);

    pass(Duration.ofMillis(1));

    assertThat(budget.begin(bulk)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void countsTheBytesOfBulkMailInAShareToo() {
    Claim bulk = new Claim(Lane.BULK, tenant("acme"), new RelayGroup("*", 1), 50);
    Claim urgent = claim("shop", "*", 50);
    assertThat(begin(9, bulk)).isEqualTo(5);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.SHARE_USED);

    budget.ended(bulk);

    assertThat(budget.begin(bulk)).isEqualTo(Answer.SHARE_USED);
    assertThat(budget.begin(urgent)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void saysForAMomentThatMailWaitsForARelaysShare() {
    begin(2, claim("acme", "acme", 100));
    assertThat(budget.isShareUsed("acme")).as("nobody was refused").isFalse();

    budget.begin(new Claim(Lane.BULK, tenant("acme"), new RelayGroup("acme", 1), 100));

    assertThat(budget.isShareUsed("acme")).isTrue();
    assertThat(budget.isShareUsed("shop")).isFalse();
    pass(Duration.ofMillis(101));
    assertThat(budget.isShareUsed("acme")).as("it asked no more").isFalse();
  }

  @Test
  void stallsWhenMailWaitsAndNothingEndsForHalfASecond() {
    fill(Lane.TRANSACTIONAL, 100);
    pass(Duration.ofSeconds(10));
    assertThat(budget.isStalled()).as("nobody waits").isFalse();

    budget.waits(Lane.TRANSACTIONAL, true);
    pass(Duration.ofMillis(400));
    budget.ended(claim("t0", "t0", 1));
    pass(Duration.ofMillis(499));
    assertThat(budget.isStalled()).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(budget.isStalled()).isTrue();

    budget.ended(claim("t0", "t0", 1));
    assertThat(budget.isStalled()).as("others still wait").isTrue();
    budget.waits(Lane.TRANSACTIONAL, false);
    assertThat(budget.isStalled()).isFalse();
  }

  private void fill(Lane lane, int places) {
    for (int i = 0; i < places; i++) {
      String name = "t" + i;
      assertThat(budget.begin(new Claim(lane, tenant(name), new RelayGroup(name, 1), 1)))
          .isEqualTo(Answer.BEGIN);
    }
  }

  private int begin(int times, Claim claim) {
    int begun = 0;
    for (int i = 0; i < times; i++) {
      begun += budget.begin(claim) == Answer.BEGIN ? 1 : 0;
    }
    return begun;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static Claim claim(String tenant, String relays, long bytes) {
    return new Claim(Lane.TRANSACTIONAL, tenant(tenant), new RelayGroup(relays, 1), bytes);
  }

  private static TenantId tenant(String name) {
    return new TenantId(name);
  }
}
