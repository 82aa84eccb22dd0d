package io.tallypost.delivery.courier;

import io.tallypost.delivery.smtp.Attempted;
import io.tallypost.delivery.smtp.Handling;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.wire.SendGuard;
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
record Dispatch(String relay, BigDecimal costPerRecipient, Handling handling) {
  /** The relay's name in results if none was asked. */
  private static final String NO_RELAY = "none";

  /** If no relay was asked. */
  static Dispatch toNone(Handling handling) {
    return new Dispatch(NO_RELAY, BigDecimal.ZERO, handling);
  }

  /**
   * If there is no place to ask from: the mail waits for its turn at the first relay of its route.
   */
  static Dispatch putOff(Relay relay, Relay.Terms terms) {
    var saturated = new Handling.NotNow(Handling.Reason.SATURATED, null);
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
    for (Relay relay : relays) {
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
    }
    return best.parkedFor(told, terms);
  }

  private static Dispatch ask(Relay relay, OutgoingMail mail, Relay.Terms terms, SendGuard guard)
      throws InterruptedException {
    return new Dispatch(relay.name(), relay.costPerRecipient(), relay.handle(mail, terms, guard));
  }

  private boolean lacksSmtpUtf8() {
    return handling instanceof Handling.Made(Attempted attempted)
        && attempted.fault() == Attempted.Fault.SMTPUTF8_NOT_OFFERED;
  }

  /** It waits for one of the relays only, whatever others were asked. */
  private Dispatch parkedFor(Relay one, Relay.Terms terms) {
    return handling instanceof Handling.NotNow notNow
        ? new Dispatch(relay, costPerRecipient, one.park(notNow, terms))
        : this;
  }

  private boolean isFinal() {
    return switch (handling) {
      case Handling.Made made -> !made.attempted().mayGoElsewhere();
      case Handling.BrokenOff() -> true;
      case Handling.NotNow _ -> false;
    };
  }

  /**
   * A relay that was tried says more than one that was not; of those not tried, the one that is
   * free first.
   */
  private boolean tellsLessThan(Dispatch other) {
    if (!(handling instanceof Handling.NotNow mine)) {
      return false;
    }
    return switch (other.handling) {
      case Handling.Made _, Handling.BrokenOff() -> true;
      case Handling.NotNow theirs -> isBefore(theirs.freeAt(), mine.freeAt());
    };
  }

  private static boolean isBefore(@Nullable Instant one, @Nullable Instant other) {
    return one != null && (other == null || one.isBefore(other));
  }
}
