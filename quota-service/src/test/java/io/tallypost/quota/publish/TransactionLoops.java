package io.tallypost.quota.publish;

import io.tallypost.kit.testing.LoopFaults;
import io.tallypost.kit.testing.Trouble;
import io.tallypost.quota.DefaultSettings;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class TransactionLoops implements LoopFaults.Rows {

  @Override
  public Stream<LoopFaults.Row> rows() {
    return Stream.of(
        LoopFaults.Row.ofBrokers(
            "ApprovalTransactions",
            trouble -> new ApprovalTransactions(() -> producer(trouble), DefaultSettings.QUOTA)));
  }

  private static MockProducer<byte[], byte[]> producer(Trouble trouble) {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
      @Override
      public void initTransactions() {
        trouble.broker();
        super.initTransactions();
      }
    };
  }
}
