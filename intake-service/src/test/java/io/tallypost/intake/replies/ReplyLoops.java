package io.tallypost.intake.replies;

import io.tallypost.events.QuotaDecided;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.LoopFaults;
import java.util.stream.Stream;

final class ReplyLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofBrokers(
            "ReplyListener",
            trouble ->
                new ReplyListener<>(
                    Topics.DECISIONS,
                    QuotaDecided.class,
                    () -> trouble.consumer(Topics.DECISIONS),
                    InstanceId.next(),
                    _ -> {})));
  }
}
