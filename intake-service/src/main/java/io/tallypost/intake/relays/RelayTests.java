package io.tallypost.intake.relays;

import io.tallypost.events.Topics;
import io.tallypost.intake.replies.BrokerUnavailableException;
import io.tallypost.intake.replies.PendingReplies;
import io.tallypost.intake.replies.ReplyListener;
import io.tallypost.intake.replies.RequestPublisher;
import io.tallypost.mail.Mailbox;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Lets a worker try a relay, with the network and the library of a real send. */
final class RelayTests {
  private final RequestPublisher publisher;
  private final PendingReplies<UUID, RelayTested> replies;
  private final ReplyListener<RelayTested> listener;
  private final Duration wait;
  private final InstantSource clock;

  RelayTests(
      RequestPublisher publisher,
      PendingReplies<UUID, RelayTested> replies,
      ReplyListener<RelayTested> listener,
      Duration wait,
      InstantSource clock) {
    this.publisher = publisher;
    this.replies = replies;
    this.listener = listener;
    this.wait = wait;
    this.clock = clock;
  }

  /** A mail to send through the relay. */
  record TestMail(Mailbox from, Mailbox to) {}

  /** Whether answers are heard. */
  boolean isReady() {
    return listener.isPositioned();
  }

  /**
   * Tries a relay.
   *
   * @param mail what to send; null tries only to connect and to log in
   * @return empty if no worker has answered in time
   * @throws BrokerUnavailableException if no worker can be asked
   */
  Optional<RelayTested> run(RelayState relay, @Nullable TestMail mail)
      throws BrokerUnavailableException {
    var request =
        new RelayTestRequested(
            RelayTestRequested.SHAPE,
            UUID.randomUUID(),
            relay,
            mail == null ? null : mail.from().address(),
            mail == null ? null : mail.to().address(),
            clock.instant().plus(wait));
    try (var pending = replies.expect(request.id())) {
      publisher.publish(
          Topics.RELAY_TESTS, request.id().toString(), request, "tallypost.relay_test_id");
      return pending.await(wait);
    }
  }
}
