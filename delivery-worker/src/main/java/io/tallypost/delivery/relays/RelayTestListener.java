package io.tallypost.delivery.relays;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tests a relay for each record that asks for it, and tells the operator's intake instance. */
public final class RelayTestListener {
  private static final Logger log = LoggerFactory.getLogger(RelayTestListener.class);

  private final RelayTester tester;
  private final Producer<byte[], byte[]> producer;

  RelayTestListener(RelayTester tester, Producer<byte[], byte[]> producer) {
    this.tester = tester;
    this.producer = producer;
  }

  /** Takes as long as the test, on any thread. What fails unexpectedly is logged, not thrown. */
  public void on(ConsumerRecord<byte[], byte[]> record) {
    try {
      var test = EventJson.read(record.value(), RelayTestRequested.class);
      if (tester.isWanted(test)) {
        answer(record, tester.test(test));
      }
    } catch (UnreadableRecordException e) {
      log.atWarn()
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable relay test skipped: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("relay test failed unexpectedly");
    }
  }

  private void answer(ConsumerRecord<byte[], byte[]> asked, RelayTested result) {
    var headers = RecordHeaders.copyOf(asked.headers()).toKafka();
    var answer =
        new ProducerRecord<>(
            Topics.RELAY_TEST_RESULTS, null, asked.key(), EventJson.write(result), headers);
    // The operator who waits for it asks again.
    var _ =
        producer.send(
            answer,
            (_, failure) -> {
              if (failure != null) {
                log.atWarn().setCause(failure).log("result of a relay test not written");
              }
            });
  }
}
