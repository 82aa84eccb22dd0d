package io.tallypost.quota.decide;

import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.quota.DefaultSettings;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

final class ThinningLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofDatabase(
            "Thinning",
            trouble ->
                new Thinning(
                    JdbcClient.create(trouble.dataSource()),
                    DefaultSettings.QUOTA,
                    InstantSource.system())));
  }
}
