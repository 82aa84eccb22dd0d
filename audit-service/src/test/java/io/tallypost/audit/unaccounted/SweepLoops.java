package io.tallypost.audit.unaccounted;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.audit.DefaultSettings;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

final class SweepLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(LoopFaults.Row.ofDatabase("Sweep", SweepLoops::sweep));
  }

  @SuppressWarnings("NullAway") // It gets no further than the messages.
  private static Looping sweep(Trouble trouble) {
    var messages =
        new UnaccountedMessages(
            JdbcClient.create(trouble.dataSource()), DefaultSettings.AUDIT, InstantSource.system());
    return new Sweep(messages, null, new SimpleMeterRegistry());
  }
}
