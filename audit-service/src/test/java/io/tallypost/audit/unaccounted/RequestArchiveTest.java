package io.tallypost.audit.unaccounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class RequestArchiveTest {
  /** A redrive that is done stays done, whatever its reader's end is. */
  @Test
  void endsQuietlyAlthoughItsConsumerDoesNotClose() {
    var sticky =
        new MockConsumer<byte[], byte[]>("earliest") {
          @Override
          public void close() {
            throw new KafkaException("not closed");
          }
        };
    String done;

    try (var _ = new RequestArchive(sticky)) {
      done = "done";
    }

    assertThat(done).isEqualTo("done");
  }
}
