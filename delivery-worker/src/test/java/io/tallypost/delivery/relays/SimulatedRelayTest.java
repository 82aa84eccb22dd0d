package io.tallypost.delivery.relays;

import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.SimulatedRelay;
import java.time.Duration;

class SimulatedRelayTest extends RelayContract {

  @Override
  Relay relay() {
    return new SimulatedRelay(Duration.ofMinutes(1));
  }

  @Override
  void awaitSlow() {
    // It is slow from the beginning on.
  }
}
