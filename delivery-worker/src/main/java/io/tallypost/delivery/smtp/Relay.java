package io.tallypost.delivery.smtp;

import io.tallypost.events.Lane;
import io.tallypost.events.TenantId;
import java.math.BigDecimal;

/** Somebody who takes mail over. */
public interface Relay {

  /** What it is called in results and logs. */
  String name();

  /** What it takes for each recipient that it accepts. */
  default BigDecimal costPerRecipient() {
    return BigDecimal.ZERO;
  }

  /**
   * Tries once to hand a mail over. Trouble is a result and not an exception.
   *
   * @throws InterruptedException if the thread is to end; nothing has been handed over
   */
  Handling handle(OutgoingMail mail, Terms terms, SendGuard guard) throws InterruptedException;

  /**
   * A mail that it did not take now is parked for it, and for no other relay.
   *
   * @return what is to be gone by: when the mail has its turn, now that it waits
   */
  default Handling.NotNow park(Handling.NotNow notNow, Terms terms) {
    return notNow;
  }

  /**
   * How a mail is to be tried.
   *
   * @param attempt which attempt this is for the mail, from 1
   * @param tenant whose mail it is; tenants take turns
   * @param lane which queue it comes from
   * @param unconditionally whether the relay is to be asked even if it fails all the time or has
   *     reached its rate: for a mail at its maximum age that no relay was ever asked about
   * @param withoutSmtpUtf8 whether a relay that does not take addresses outside ASCII is to send to
   *     the others alone: no relay of the mail's route takes them
   */
  record Terms(
      int attempt, TenantId tenant, Lane lane, boolean unconditionally, boolean withoutSmtpUtf8) {

    /** The same, for a route where no relay takes addresses outside ASCII. */
    public Terms settlingForAscii() {
      return new Terms(attempt, tenant, lane, unconditionally, true);
    }
  }
}
