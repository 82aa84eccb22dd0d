package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.FixedMail;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.SimulatedRelay;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import jakarta.mail.MessagingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every relay does, the one that simulates too: a developer who tries a program with a test
 * key sees what a live one would show. The addresses are those of the simulated relay.
 */
@Timeout(30)
abstract class RelayContract {
  private static final byte[] MESSAGE = "Subject: hello\r\n\r\nhi\r\n".getBytes(US_ASCII);

  /** A relay that answers to the simulator's addresses as they say. */
  abstract Relay relay();

  /** A send of a mail to {@code slow@} has begun. */
  abstract void awaitSlow();

  @Test
  void deliversToWhomItAccepts() {
    assertThat(made(relay(), 1, "delivered", "delivered+label").results())
        .extracting(RecipientResult::status)
        .containsExactly(DELIVERED, DELIVERED);
  }

  @Test
  void tellsEachRecipientForItself() {
    AttemptResult attemptResult = made(relay(), 1, "delivered", "bounced", "deferred");

    assertThat(attemptResult.fault()).isEqualTo(Fault.NONE);
    assertThat(attemptResult.results())
        .extracting(RecipientResult::status)
        .containsExactly(DELIVERED, FAILED, DEFERRED);
    assertThat(attemptResult.results())
        .extracting(result -> result.reply() == null ? 0 : result.reply().code() / 100)
        .containsExactly(2, 5, 4);
  }

  @Test
  void takesAtTheThirdAttemptWhatItPutOffTwice() {
    Relay relay = relay();

    assertThat(
            Stream.of(1, 2, 3)
                .map(attempt -> made(relay, attempt, "deferred").results().getFirst().status()))
        .containsExactly(DEFERRED, DEFERRED, DELIVERED);
  }

  @Test
  void canBeBrokenOffBeforeTheDot() throws Exception {
    var guard = new SendGuard();
    Relay relay = relay();
    var sending =
        CompletableFuture.supplyAsync(
            () -> handle(relay, mail("slow"), 1, guard),
            task -> Thread.ofPlatform().daemon().start(task));
    awaitSlow();

    guard.breakOff();

    assertThat(sending.get()).isInstanceOf(RelayAnswer.BrokenOff.class);
    assertThat(guard.isBrokenOff()).isTrue();
  }

  @Test
  void beginsNothingThatWasBrokenOff() {
    var guard = new SendGuard();
    guard.breakOff();

    assertThat(handle(relay(), mail("delivered"), 1, guard))
        .isInstanceOf(RelayAnswer.BrokenOff.class);
  }

  @Test
  void beginsNothingThatOperatorsDoNotLetGoAnyMore() {
    var held =
        new OutgoingMail() {
          @Override
          public Envelope envelope() {
            return mail("delivered").envelope();
          }

          @Override
          public byte[] message() {
            return MESSAGE;
          }

          @Override
          public boolean headerNeedsSmtpUtf8() {
            return false;
          }

          @Override
          public boolean mayGo() {
            return false;
          }
        };

    assertThat(handle(relay(), held, 1, new SendGuard())).isInstanceOf(RelayAnswer.BrokenOff.class);
  }

  @Test
  void failsForGoodWhatCannotBeComposed() {
    var mail =
        new OutgoingMail() {
          @Override
          public Envelope envelope() {
            return mail("delivered").envelope();
          }

          @Override
          public byte[] message() throws MessagingException {
            throw new MessagingException("no");
          }

          @Override
          public boolean headerNeedsSmtpUtf8() {
            return false;
          }
        };

    assertThat(handle(relay(), mail, 1, new SendGuard()))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(made.attemptResult().fault()).isEqualTo(Fault.NOT_COMPOSABLE));
  }

  private static AttemptResult made(Relay relay, int attempt, String... localParts) {
    RelayAnswer relayAnswer = handle(relay, mail(localParts), attempt, new SendGuard());
    assertThat(relayAnswer).isInstanceOf(RelayAnswer.Made.class);
    return ((RelayAnswer.Made) relayAnswer).attemptResult();
  }

  private static FixedMail mail(String... localParts) {
    List<EmailAddress> recipients =
        Stream.of(localParts)
            .map(one -> new EmailAddress(one + "@" + SimulatedRelay.DOMAIN))
            .toList();
    return new FixedMail(new Envelope(ALICE, recipients), MESSAGE);
  }

  private static RelayAnswer handle(Relay relay, OutgoingMail mail, int attempt, SendGuard guard) {
    try {
      var terms = new Relay.Terms(attempt, TenantId.DEFAULT, Lane.TRANSACTIONAL, false, false);
      return relay.handle(mail, terms, guard);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
