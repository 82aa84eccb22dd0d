package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.NotNow;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.Lane;
import io.tallypost.mail.SmtpReply;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DispatchTest {
  private static final Relay.Terms TERMS =
      new Relay.Terms(1, ACME, Lane.TRANSACTIONAL, false, false);
  private static final NotNow LATER = new NotNow(Reason.RATE_LIMITED, NOON.plusSeconds(60));
  private static final NotNow SOON = new NotNow(Reason.RATE_LIMITED, NOON.plusSeconds(5));
  private static final NotNow OPEN = new NotNow(Reason.BREAKER_OPEN, null);

  /** The relays that a mail was parked for. */
  private final List<String> parkedFor = new ArrayList<>();

  @Test
  void parksAMailForTheOneRelayThatIsFreeFirst() throws Exception {
    Dispatch dispatch = dispatch(LATER, SOON, OPEN);

    assertThat(parkedFor).containsExactly("relay-1");
    assertThat(dispatch.relay()).isEqualTo("relay-1");
    assertThat(dispatch.relayAnswer())
        .isEqualTo(new NotNow(Reason.RATE_LIMITED, SOON.freeAt(), true));
  }

  @Test
  void parksAMailForNobodyThatAnotherRelayTakes() throws Exception {
    var taken = new SmtpReply(250, null, "taken");
    var attemptResult =
        new AttemptResult(
            Fault.NONE, List.of(new RecipientResult(BOB, Status.DELIVERED, taken, null)));

    Dispatch dispatch = dispatch(LATER, new RelayAnswer.Made(attemptResult));

    assertThat(parkedFor).isEmpty();
    assertThat(dispatch.relay()).isEqualTo("relay-1");
  }

  @Test
  void parksAMailForNobodyThatWasBrokenOff() throws Exception {
    assertThat(dispatch(LATER, new RelayAnswer.BrokenOff()).relayAnswer())
        .isEqualTo(new RelayAnswer.BrokenOff());
    assertThat(parkedFor).isEmpty();
  }

  private Dispatch dispatch(RelayAnswer... handlings) throws InterruptedException {
    List<Relay> relays = new ArrayList<>();
    for (RelayAnswer relayAnswer : handlings) {
      relays.add(new Answering("relay-" + relays.size(), relayAnswer));
    }
    return Dispatch.to(relays, new Mail(), TERMS, new SendGuard());
  }

  /** A relay that answers always the same, and notes what is parked for it. */
  private final class Answering implements Relay {
    private final String name;
    private final RelayAnswer relayAnswer;

    Answering(String name, RelayAnswer relayAnswer) {
      this.name = name;
      this.relayAnswer = relayAnswer;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
      return relayAnswer;
    }

    @Override
    public NotNow park(NotNow notNow, Terms terms) {
      parkedFor.add(name);
      return new NotNow(notNow.reason(), notNow.freeAt(), true);
    }
  }

  private record Mail() implements OutgoingMail {
    @Override
    public Envelope envelope() {
      return new Envelope(Examples.ALICE, List.of(BOB));
    }

    @Override
    public byte[] message() {
      return new byte[0];
    }

    @Override
    public boolean headerNeedsSmtpUtf8() {
      return false;
    }
  }
}
