package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.math.BigDecimal;

/** Takes mail over. */
public interface Relay {

  /** Its name in results and logs. */
  String name();

  /** Its charge for each accepted recipient. */
  default BigDecimal costPerRecipient() {
    return BigDecimal.ZERO;
  }

  /** Whether it is worth while to ask it now: it is usable, and not left in peace. */
  default boolean mayBeAsked() {
    return true;
  }

  /**
   * Tries once to hand a mail over. Trouble is a result, not an exception.
   *
   * @throws InterruptedException if the thread is to end; nothing has been handed over
   */
  RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) throws InterruptedException;

  /**
   * Parks a mail, which it did not take now, for this relay and no other.
   *
   * @return what to do: when the mail has its turn, now that it waits
   */
  default RelayAnswer.NotNow park(RelayAnswer.NotNow notNow, Terms terms) {
    return notNow;
  }

  /**
   * How a mail is to be tried.
   *
   * @param attempt which attempt this is for the mail, from 1
   * @param tenant the mail's tenant; tenants take turns
   * @param lane the mail's lane
   * @param unconditionally whether to ask the relay even with an open breaker or a used up rate:
   *     for a mail at its maximum age that no relay was ever asked about
   * @param withoutSmtpUtf8 whether a relay without SMTPUTF8 sends to the recipients with ASCII
   *     addresses only, because no relay of the mail's route takes others; it was asked with
   *     SMTPUTF8 before, in the same attempt
   */
  record Terms(
      int attempt, TenantId tenant, Lane lane, boolean unconditionally, boolean withoutSmtpUtf8) {

    /** The same, for a route without a relay that takes non-ASCII addresses. */
    public Terms settlingForAscii() {
      return new Terms(attempt, tenant, lane, unconditionally, true);
    }
  }
}
