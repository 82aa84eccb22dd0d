package io.tallypost.audit.backlog;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.audit.DefaultSettings;
import io.tallypost.audit.operator.TroubledKafka;
import io.tallypost.kit.testing.LoopFaults;
import java.time.InstantSource;
import java.util.stream.Stream;

final class BacklogLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofBrokers(
            "BacklogLoop",
            trouble ->
                new BacklogLoop(
                    new QueueReader(new TroubledKafka(trouble), DefaultSettings.AUDIT),
                    new SimpleMeterRegistry(),
                    InstantSource.system())));
  }
}
