package io.tallypost.audit.status;

import io.tallypost.kit.testing.LoopFaults;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

final class UsageLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofDatabase(
            "UsageRound",
            trouble ->
                new UsageRound(
                    new UsageSums(
                        JdbcClient.create(trouble.dataSource()), trouble.transactions()))));
  }
}
