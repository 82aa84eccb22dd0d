package io.tallypost.intake;

import io.tallypost.kit.testing.LoopContract;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

class LoopsIT extends IntakeIT {
  @Autowired private ApplicationContext service;

  @Test
  void noLoopDiesUnnoticed() {
    LoopContract.seesEachDeath(
        service, "outbox", "log-outbox", "database-rounds", "database-startup");
  }
}
