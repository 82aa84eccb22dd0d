package io.tallypost.delivery.relays;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.NotNow;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A relay that hangs. */
@Timeout(30)
class GuardedRelayIT extends GuardedRelays {
  private static final Relay.Terms LAST_CHANCE =
      new Relay.Terms(1, new TenantId("acme"), Lane.TRANSACTIONAL, true, false);

  @Test
  void makesRoomWhenTheWindowHasStalledButForWhatItIsAsking() {
    List<CompletableFuture<RelayAnswer>> mails = hang(PLACES);

    stalled = true;

    await().until(() -> mails.stream().filter(CompletableFuture::isDone).count() == 1);
    assertThat(mails.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
        .allMatch(GuardedRelayIT::isSaturated);
  }

  @Test
  void letsNoMailWaitUntilItAnswersOnceMailHadToMakeRoom() {
    List<CompletableFuture<RelayAnswer>> mails = hang(PLACES);
    stalled = true;
    await().until(() -> mails.stream().anyMatch(CompletableFuture::isDone));
    stalled = false;

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);

    sink.follow(stage -> SmtpAnswer.accept());
    guards.forEach(SendGuard::breakOff);
    await().until(() -> mails.stream().allMatch(CompletableFuture::isDone));
    assertThat(send().join()).isInstanceOf(RelayAnswer.Made.class);
    assertThat(List.of(send(), send()).stream().map(CompletableFuture::join))
        .allMatch(RelayAnswer.Made.class::isInstance);
  }

  /** A mail at its maximum age for which the breaker is not asked must not end by it. */
  @Test
  void saysThatItIsBusyWhereAMailMakesRoomThatMustBeTried() {
    hang(1);
    CompletableFuture<RelayAnswer> last = send(LAST_CHANCE);
    await().until(() -> relay.usage().waiting() == 1);

    breaker.transitionToOpenState();
    stalled = true;

    assertThat(last.join()).matches(GuardedRelayIT::isSaturated);
  }

  private static boolean isSaturated(RelayAnswer relayAnswer) {
    return relayAnswer instanceof RelayAnswer.NotNow notNow && notNow.reason() == Reason.SATURATED;
  }

  @Test
  void takesNoMoreThanItsPlaces() {
    hang(PLACES);

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);
  }

  @Test
  void hasItsPlacesBackWhenMailHasGone() {
    for (int i = 0; i < 3 * PLACES; i++) {
      assertThat(send().join()).isInstanceOf(RelayAnswer.Made.class);
    }
  }

  /** Large mail may use its relay's memory up, and then none waits for a connection. */
  @Test
  void bringsMailBackAtTheSpeedOfMailWhoseShareIsUsed() {
    send().join();
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(200))
            : SmtpAnswer.accept());
    shareUsed = true;
    for (int i = 0; i < 6; i++) {
      send().join();
    }

    Instant last = Instant.MIN;
    for (int i = 0; i < 50; i++) {
      last = relay.park(new NotNow(Reason.SATURATED, null), TERMS).freeAt();
    }

    assertThat(last).isAfter(Instant.now().plusSeconds(5));
  }

  private List<CompletableFuture<RelayAnswer>> hang(int mails) {
    sink.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    List<CompletableFuture<RelayAnswer>> sent = new ArrayList<>();
    for (int i = 0; i < mails; i++) {
      sent.add(send());
    }
    await()
        .during(Duration.ofMillis(500))
        .until(() -> sink.connections() == 1 && sent.stream().noneMatch(CompletableFuture::isDone));
    return sent;
  }
}
