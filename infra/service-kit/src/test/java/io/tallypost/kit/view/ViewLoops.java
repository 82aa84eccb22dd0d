package io.tallypost.kit.view;

import io.tallypost.config.Versioned;
import io.tallypost.kit.testing.LoopFaults;
import java.util.stream.Stream;

final class ViewLoops implements LoopFaults.Rows {
  private static final String TOPIC = "config.things.v1";

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofBrokers(
            "CompactedView",
            trouble -> new CompactedView<>(TOPIC, Versioned.class, () -> trouble.consumer(TOPIC))));
  }
}
