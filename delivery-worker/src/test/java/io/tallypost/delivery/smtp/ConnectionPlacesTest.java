package io.tallypost.delivery.smtp;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ConnectionPlacesTest {
  private static final TenantId ACME = new TenantId("acme");
  private final ConnectionPlaces places = new ConnectionPlaces(2, 50);

  @Test
  void hasNoMorePlacesThanThereAre() throws InterruptedException {
    assertThat(places.enter(Lane.BULK, ACME, ConnectionPlacesTest::never)).isTrue();
    assertThat(places.enter(Lane.BULK, ACME, ConnectionPlacesTest::never)).isTrue();
    assertThat(places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never)).isFalse();

    places.leave(Lane.BULK);

    assertThat(places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never)).isTrue();
  }

  @Test
  void givesAFreePlaceToTheTransactionalMailThatWaits() throws InterruptedException {
    places.enter(Lane.BULK, ACME, ConnectionPlacesTest::never);
    places.enter(Lane.BULK, ACME, ConnectionPlacesTest::never);
    var bulk = entering(Lane.BULK);
    var transactional = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.waiting(Lane.TRANSACTIONAL) == 1);

    places.leave(Lane.BULK);

    assertThat(transactional.join()).isTrue();
    assertThat(bulk).isNotDone();
    places.leave(Lane.TRANSACTIONAL);
    assertThat(bulk.join()).isTrue();
  }

  @Test
  void leavesBulkMailItsShareHoweverMuchOtherMailWaits() throws InterruptedException {
    places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never);
    places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never);
    var transactional = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.waiting(Lane.TRANSACTIONAL) == 1);
    places.resize(3);
    assertThat(transactional.join()).isTrue();
    var another = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.waiting(Lane.TRANSACTIONAL) == 1);

    places.resize(4);
    places.resize(5);

    assertThat(another.join()).isTrue();
    assertThat(places.enter(Lane.BULK, ACME, ConnectionPlacesTest::always)).isTrue();
  }

  @Test
  void takesPlacesAway() throws InterruptedException {
    places.resize(1);

    assertThat(places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never)).isTrue();
    assertThat(places.enter(Lane.TRANSACTIONAL, ACME, ConnectionPlacesTest::never)).isFalse();
  }

  private static boolean never() {
    return false;
  }

  private static boolean always() {
    return true;
  }

  private CompletableFuture<Boolean> entering(Lane lane) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return places.enter(lane, ACME, ConnectionPlacesTest::always);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }
}
