package io.tallypost.delivery.courier;

import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result for a mail given to the first relay that could take it.
 *
 * @param relay the relay that was asked, or would have been
 * @param costPerRecipient that relay's cost
 */
record Dispatch(String relay, BigDecimal costPerRecipient, RelayAnswer relayAnswer) {
  /** The relay's name in results if none was asked. */
  private static final String NO_RELAY = "none";

  private static final String WAITS =
      "no relay that takes addresses outside ASCII (SMTPUTF8) could be used";

  /** If no relay was asked. */
  static Dispatch toNone(RelayAnswer relayAnswer) {
    return new Dispatch(NO_RELAY, BigDecimal.ZERO, relayAnswer);
  }

  /**
   * If there is no place to ask from: the mail waits for its turn at the first relay of its route.
   */
  static Dispatch putOff(Relay relay, Relay.Terms terms) {
    var saturated = new RelayAnswer.NotNow(RelayAnswer.Reason.SATURATED, null);
    return new Dispatch(relay.name(), relay.costPerRecipient(), relay.park(saturated, terms));
  }

  /**
   * Asks one relay after another: the next one if the one before cannot be used and has not heard
   * of the mail.
   *
   * @param relays at least one, in the order in which they are asked
   * @throws InterruptedException if the thread is to end; nothing has been handed over
   */
  static Dispatch to(List<Relay> relays, OutgoingMail mail, Relay.Terms terms, SendGuard guard)
      throws InterruptedException {
    Dispatch best = null;
    Relay told = relays.getFirst();
    Relay asciiOnly = null;
    int asked = 0;
    for (Relay relay : relays) {
      asked++;
      // A last chance is not given away for a relay that may not take it either.
      guard.hasAlternative(
          !terms.unconditionally()
              && relays.subList(asked, relays.size()).stream().anyMatch(Relay::mayBeAsked));
      Dispatch dispatch = ask(relay, mail, terms, guard);
      if (dispatch.isFinal()) {
        return dispatch;
      }
      if (dispatch.lacksSmtpUtf8()) {
        asciiOnly = asciiOnly == null ? relay : asciiOnly;
      } else if (best == null || best.tellsLessThan(dispatch)) {
        best = dispatch;
        told = relay;
      }
    }
    if (best == null) {
      told = Objects.requireNonNull(asciiOnly, "each relay was asked");
      best = ask(told, mail, terms.settlingForAscii(), guard);
    } else if (asciiOnly != null && !best.hasTurn() && isForAsciiToo(mail)) {
      // Those whom this one takes need not wait for the one that takes the others.
      Dispatch some = ask(asciiOnly, mail, terms.settlingForAscii(), guard);
      if (some.isFinal()) {
        return some.othersWaiting();
      }
    }
    return best.parkedFor(told, terms);
  }

  /** It waits for a relay that is well: that is no attempt. */
  private boolean hasTurn() {
    return relayAnswer instanceof RelayAnswer.NotNow notNow && notNow.freeAt() != null;
  }

  private static boolean isForAsciiToo(OutgoingMail mail) {
    return !mail.headerNeedsSmtpUtf8()
        && mail.envelope().from().isAscii()
        && mail.envelope().recipients().stream().anyMatch(EmailAddress::isAscii);
  }

  /** Recipients that the relay does not take are open: another relay of the route may take them. */
  private Dispatch othersWaiting() {
    if (!(relayAnswer instanceof RelayAnswer.Made(AttemptResult made))) {
      return this;
    }
    List<RecipientResult> results =
        made.results().stream()
            .map(one ->
                isNotTaken(one)
                    ? new RecipientResult(one.recipient(), Status.DEFERRED, null, WAITS)
                    : one)
            .toList();
    var open = new AttemptResult(made.fault(), results, made.untouched(), made.health());
    return new Dispatch(relay, costPerRecipient, new RelayAnswer.Made(open));
  }

  /** Another machine of the relay's name may take it after all: then there is a reply. */
  private static boolean isNotTaken(RecipientResult one) {
    return !one.recipient().isAscii() && one.status() == Status.FAILED && one.reply() == null;
  }

  private static Dispatch ask(Relay relay, OutgoingMail mail, Relay.Terms terms, SendGuard guard)
      throws InterruptedException {
    return new Dispatch(relay.name(), relay.costPerRecipient(), relay.handle(mail, terms, guard));
  }

  private boolean lacksSmtpUtf8() {
    return relayAnswer instanceof RelayAnswer.Made(AttemptResult attemptResult)
        && attemptResult.fault() == AttemptResult.Fault.SMTPUTF8_NOT_OFFERED;
  }

  /** It waits for one of the relays only, whatever others were asked. */
  private Dispatch parkedFor(Relay one, Relay.Terms terms) {
    return relayAnswer instanceof RelayAnswer.NotNow notNow
        ? new Dispatch(relay, costPerRecipient, one.park(notNow, terms))
        : this;
  }

  private boolean isFinal() {
    return switch (relayAnswer) {
      case RelayAnswer.Made made -> !made.attemptResult().mayGoElsewhere();
      case RelayAnswer.BrokenOff() -> true;
      case RelayAnswer.NotNow _ -> false;
    };
  }

  /**
   * A turn at a relay that is well costs no attempt. Otherwise one that was tried says more than
   * one that was not. Of turns, the first.
   */
  private boolean tellsLessThan(Dispatch other) {
    return switch (relayAnswer) {
      case RelayAnswer.Made _, RelayAnswer.BrokenOff() -> other.hasTurn();
      case RelayAnswer.NotNow mine ->
          switch (other.relayAnswer) {
            case RelayAnswer.Made _, RelayAnswer.BrokenOff() -> !hasTurn();
            case RelayAnswer.NotNow theirs -> isBefore(theirs.freeAt(), mine.freeAt());
          };
    };
  }

  private static boolean isBefore(@Nullable Instant one, @Nullable Instant other) {
    return one != null && (other == null || one.isBefore(other));
  }
}
