package io.tallypost.kit.logging;

import io.tallypost.events.AdminEntry;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.ProducerRole;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/**
 * Writes single entries straight to the topic, for changes without a database. They are so rare
 * that no connection is kept.
 */
class AdminEntries {
  private final KafkaProperties kafka;

  AdminEntries(KafkaProperties kafka) {
    this.kafka = kafka;
  }

  /**
   * Returns when the brokers have the entry.
   *
   * @throws KafkaException if they do not confirm it within seconds
   */
  void write(AdminEntry entry) {
    var producer = ProducerRole.adminEntry().open(kafka.buildProducerProperties());
    try {
      producer
          .send(new ProducerRecord<>(Topics.OPERATIONS, entry.key(), EventJson.write(entry)))
          .get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new KafkaException("the entry was not confirmed", e.getCause());
    } finally {
      producer.close(Duration.ZERO);
    }
  }
}
