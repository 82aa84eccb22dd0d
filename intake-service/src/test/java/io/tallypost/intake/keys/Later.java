package io.tallypost.intake.keys;

import io.tallypost.intake.rounds.Expiries;
import java.time.Instant;
import org.springframework.context.ApplicationContext;

/** Lets time pass for what intake lets go of. */
public final class Later {
  private Later() {}

  /** Does what is due at this time. */
  public static void at(ApplicationContext intake, Instant now) {
    intake.getBean(Expiries.class).apply(now);
  }
}
