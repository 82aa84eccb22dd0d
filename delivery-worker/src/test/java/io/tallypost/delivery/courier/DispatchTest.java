package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.NOON;
import static io.tallypost.kit.testing.Waits.await;
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
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.SmtpReply;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DispatchTest {
  private static final Relay.Terms TERMS =
      new Relay.Terms(1, ACME, Lane.TRANSACTIONAL, false, false);
  private static final NotNow LATER = new NotNow(Reason.RATE_LIMITED, NOON.plusSeconds(60));
  private static final NotNow SOON = new NotNow(Reason.RATE_LIMITED, NOON.plusSeconds(5));
  private static final NotNow OPEN = new NotNow(Reason.BREAKER_OPEN, null);

  private static final EmailAddress GRETE = new EmailAddress("grüße@example.org");

  /** The relays that a mail was parked for. */
  private final List<String> parkedFor = new ArrayList<>();

  /** The relays without SMTPUTF8 that were asked. */
  private final List<String> asked = new ArrayList<>();

  @Test
  void parksAMailForTheOneRelayThatIsFreeFirst() throws Exception {
    Dispatch dispatch = dispatch(LATER, SOON, OPEN);

    assertThat(parkedFor).containsExactly("relay-1");
    assertThat(dispatch.relay()).isEqualTo("relay-1");
    assertThat(dispatch.relayAnswer())
        .isEqualTo(new NotNow(Reason.RATE_LIMITED, SOON.freeAt(), true));
  }

  @Test
  void waitsForItsTurnThoughAnotherRelayFails() throws Exception {
    RelayAnswer failed = new RelayAnswer.Made(away(BOB));
    for (List<RelayAnswer> answers : List.of(List.of(SOON, failed), List.of(failed, SOON))) {
      assertThat(dispatch(answers.toArray(RelayAnswer[]::new)).relayAnswer())
          .isEqualTo(new NotNow(Reason.RATE_LIMITED, SOON.freeAt(), true));
    }
    assertThat(parkedFor).containsExactly("relay-0", "relay-1");
  }

  @Test
  void parksAMailForNobodyThatAnotherRelayTakes() throws Exception {
    Dispatch dispatch = dispatch(LATER, new RelayAnswer.Made(taken(BOB)));

    assertThat(parkedFor).isEmpty();
    assertThat(dispatch.relay()).isEqualTo("relay-1");
  }

  @Test
  void leavesASilentRelayToItsOwnMailOnlyWhereAnotherRelayIsLeft() throws Exception {
    dispatch(
        new Mail(List.of(BOB)),
        new Silent("one", stalled -> await().until(stalled)),
        new Silent(
            "last",
            stalled -> await().during(Duration.ofMillis(300)).until(() -> !stalled.call())));

    assertThat(asked).containsExactly("one", "last");
  }

  /** Else mail of a relay that is merely slow would never be sent. */
  @Test
  void staysAtASilentRelayWhereNoOtherMayBeAskedOrItIsTheLastChance() throws Exception {
    Consumer<Callable<Boolean>> stays =
        stalled -> await().during(Duration.ofMillis(300)).until(() -> !stalled.call());

    dispatch(new Mail(List.of(BOB)), new Silent("one", stays), new Unusable());
    Dispatch.to(
        List.of(new Silent("last chance", stays), new Answering("two", OPEN)),
        new Mail(List.of(BOB)),
        new Relay.Terms(1, ACME, Lane.TRANSACTIONAL, true, false),
        new SendGuard());

    assertThat(asked).containsExactly("one", "last chance");
  }

  @Test
  void parksAMailForNobodyThatWasBrokenOff() throws Exception {
    assertThat(dispatch(LATER, new RelayAnswer.BrokenOff()).relayAnswer())
        .isEqualTo(new RelayAnswer.BrokenOff());
    assertThat(parkedFor).isEmpty();
  }

  @Test
  void settlesForAsciiOnlyWhereNoRelayOfTheRouteTakesMore() throws Exception {
    Dispatch dispatch =
        dispatch(new Mail(List.of(BOB, GRETE)), new AsciiOnly("one"), new AsciiOnly("two"));

    assertThat(asked).containsExactly("one", "two", "one for ASCII");
    assertThat(statuses(dispatch)).containsExactly(Status.DELIVERED, Status.FAILED);
  }

  @Test
  void asksNobodyForLessWhereARelayTakesAll() throws Exception {
    var all = new RelayAnswer.Made(taken(BOB, GRETE));

    Dispatch dispatch =
        dispatch(new Mail(List.of(BOB, GRETE)), new AsciiOnly("one"), new Answering("two", all));

    assertThat(asked).containsExactly("one");
    assertThat(statuses(dispatch)).containsExactly(Status.DELIVERED, Status.DELIVERED);
  }

  /** It may be away for a day. */
  @Test
  void letsNobodyWaitForTheOneRelayThatTakesTheOthers() throws Exception {
    var away = new RelayAnswer.Made(away(BOB, GRETE));
    for (RelayAnswer unusable : List.of(OPEN, away)) {
      for (List<Relay> relays :
          List.of(
              List.<Relay>of(new AsciiOnly("one"), new Answering("two", unusable)),
              List.<Relay>of(new Answering("two", unusable), new AsciiOnly("one")))) {
        Dispatch dispatch =
            Dispatch.to(relays, new Mail(List.of(BOB, GRETE)), TERMS, new SendGuard());

        assertThat(dispatch.relay()).isEqualTo("one");
        assertThat(statuses(dispatch)).containsExactly(Status.DELIVERED, Status.DEFERRED);
      }
    }
    assertThat(parkedFor).isEmpty();
  }

  /** Another machine of its name may offer what the one asked before did not. */
  @Test
  void sendsNothingAgainToWhomTheRelayHasTakenAfterAll() throws Exception {
    Relay takingAllInTheEnd =
        new Relay() {
          @Override
          public String name() {
            return "one";
          }

          @Override
          public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
            return terms.withoutSmtpUtf8()
                ? new RelayAnswer.Made(taken(BOB, GRETE))
                : new AsciiOnly("one").handle(mail, terms, guard);
          }
        };

    Dispatch dispatch =
        dispatch(new Mail(List.of(BOB, GRETE)), takingAllInTheEnd, new Answering("two", OPEN));

    assertThat(statuses(dispatch)).containsExactly(Status.DELIVERED, Status.DELIVERED);
  }

  @Test
  void waitsForTheRelayThatTakesThemIfThereIsNobodyElse() throws Exception {
    Dispatch dispatch =
        dispatch(new Mail(List.of(GRETE)), new AsciiOnly("one"), new Answering("two", OPEN));

    assertThat(asked).containsExactly("one");
    assertThat(parkedFor).containsExactly("two");
    assertThat(dispatch.relay()).isEqualTo("two");
  }

  @Test
  void waitsForARelayThatOnlyHasNoTimeNow() throws Exception {
    Dispatch dispatch =
        dispatch(new Mail(List.of(BOB, GRETE)), new AsciiOnly("one"), new Answering("two", SOON));

    assertThat(asked).containsExactly("one");
    assertThat(parkedFor).containsExactly("two");
    assertThat(dispatch.relay()).isEqualTo("two");
  }

  private static List<Status> statuses(Dispatch dispatch) {
    return ((RelayAnswer.Made) dispatch.relayAnswer())
        .attemptResult().results().stream().map(RecipientResult::status).toList();
  }

  private static AttemptResult taken(EmailAddress... recipients) {
    var taken = new SmtpReply(250, null, "taken");
    return new AttemptResult(
        Fault.NONE,
        Stream.of(recipients)
            .map(one -> new RecipientResult(one, Status.DELIVERED, taken, null))
            .toList());
  }

  private static AttemptResult away(EmailAddress... recipients) {
    return new AttemptResult(
        Fault.RELAY_TEMPORARY,
        Stream.of(recipients).map(DispatchTest::deferred).toList(),
        true,
        AttemptResult.Health.FAILED);
  }

  private static RecipientResult deferred(EmailAddress recipient) {
    return new RecipientResult(recipient, Status.DEFERRED, null, "away");
  }

  private Dispatch dispatch(RelayAnswer... handlings) throws InterruptedException {
    List<Relay> relays = new ArrayList<>();
    for (RelayAnswer relayAnswer : handlings) {
      relays.add(new Answering("relay-" + relays.size(), relayAnswer));
    }
    return dispatch(new Mail(List.of(BOB)), relays.toArray(Relay[]::new));
  }

  private static Dispatch dispatch(OutgoingMail mail, Relay... relays) throws InterruptedException {
    return Dispatch.to(List.of(relays), mail, TERMS, new SendGuard());
  }

  /** A relay without SMTPUTF8, as {@code SmtpRelay} answers for it. */
  private final class AsciiOnly implements Relay {
    private final String name;

    AsciiOnly(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
      asked.add(terms.withoutSmtpUtf8() ? name + " for ASCII" : name);
      Fault fault = terms.withoutSmtpUtf8() ? Fault.NONE : Fault.SMTPUTF8_NOT_OFFERED;
      List<RecipientResult> results =
          mail.envelope().recipients().stream()
              .map(one ->
                  one.isAscii() && terms.withoutSmtpUtf8()
                      ? taken(one).results().getFirst()
                      : new RecipientResult(one, Status.FAILED, null, "5.6.7 not carried"))
              .toList();
      return new RelayAnswer.Made(
          new AttemptResult(fault, results, !terms.withoutSmtpUtf8(), AttemptResult.Health.WELL));
    }
  }

  /** A relay that keeps silent while other mail waits for its connection. */
  private final class Silent implements Relay {
    private final String name;
    private final Consumer<Callable<Boolean>> check;

    Silent(String name, Consumer<Callable<Boolean>> check) {
      this.name = name;
      this.check = check;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
      asked.add(name);
      guard.begin();
      guard.watch(new Socket());
      guard.othersWaitHere(() -> true);
      guard.total(Duration.ofHours(1), Duration.ofMillis(1));
      guard.step(Duration.ofHours(1));
      check.accept(guard::hasStalled);
      guard.release();
      return OPEN;
    }
  }

  private static final class Unusable implements Relay {
    @Override
    public String name() {
      return "unusable";
    }

    @Override
    public boolean mayBeAsked() {
      return false;
    }

    @Override
    public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
      return OPEN;
    }
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

  private record Mail(List<EmailAddress> recipients) implements OutgoingMail {
    @Override
    public Envelope envelope() {
      return new Envelope(Examples.ALICE, recipients);
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
