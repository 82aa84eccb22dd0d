package io.tallypost.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.events.Lane;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ConnectionPlacesTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private final ConnectionPlaces places = new ConnectionPlaces(2, 50);

  @Test
  void hasNoMorePlacesThanThereAre() throws InterruptedException {
    assertThat(places.enter(Lane.BULK, Duration.ZERO)).isTrue();
    assertThat(places.enter(Lane.BULK, Duration.ZERO)).isTrue();
    assertThat(places.enter(Lane.TRANSACTIONAL, Duration.ZERO)).isFalse();

    places.leave(Lane.BULK);

    assertThat(places.enter(Lane.TRANSACTIONAL, Duration.ZERO)).isTrue();
  }

  @Test
  void givesAFreePlaceToTheTransactionalMailThatWaits() throws InterruptedException {
    places.enter(Lane.BULK, Duration.ZERO);
    places.enter(Lane.BULK, Duration.ZERO);
    var bulk = entering(Lane.BULK);
    var transactional = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.transactionalWaiting() == 1);

    places.leave(Lane.BULK);

    assertThat(transactional.join()).isTrue();
    assertThat(bulk).isNotDone();
    places.leave(Lane.TRANSACTIONAL);
    assertThat(bulk.join()).isTrue();
  }

  @Test
  void leavesBulkMailItsShareHoweverMuchOtherMailWaits() throws InterruptedException {
    places.enter(Lane.TRANSACTIONAL, Duration.ZERO);
    places.enter(Lane.TRANSACTIONAL, Duration.ZERO);
    var transactional = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.transactionalWaiting() == 1);
    places.resize(3);
    assertThat(transactional.join()).isTrue();
    var another = entering(Lane.TRANSACTIONAL);
    await().until(() -> places.transactionalWaiting() == 1);

    places.resize(4);
    places.resize(5);

    assertThat(another.join()).isTrue();
    assertThat(places.enter(Lane.BULK, LONG)).isTrue();
  }

  @Test
  void takesPlacesAway() throws InterruptedException {
    places.resize(1);

    assertThat(places.enter(Lane.TRANSACTIONAL, Duration.ZERO)).isTrue();
    assertThat(places.enter(Lane.TRANSACTIONAL, Duration.ZERO)).isFalse();
  }

  private CompletableFuture<Boolean> entering(Lane lane) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return places.enter(lane, LONG);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }
}
