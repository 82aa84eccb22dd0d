package io.tallypost.intake.replies;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.kit.problems.RequestIdFilter;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/** Publishes requests to other services, and returns once the broker has acknowledged them. */
public final class RequestPublisher {
  /** Above the producer's own limits, so only a bug in it can reach this. */
  private static final Duration LONGEST = Duration.ofMillis(9_500);

  private final Producer<byte[], byte[]> producer;
  private final Tracer tracer;
  private final RecordTracing tracing;
  private final InstanceId self;

  /** Asks in this process's name. */
  public RequestPublisher(
      Producer<byte[], byte[]> producer, Tracer tracer, RecordTracing tracing, InstanceId self) {
    this.producer = producer;
    this.tracer = tracer;
    this.tracing = tracing;
    this.self = self;
  }

  /**
   * Publishes and waits for the acknowledgement.
   *
   * @param key the record's
   * @param idTag the tag of the span that has the key
   * @throws BrokerUnavailableException if it does not come; the broker may have the record or not
   */
  public void publish(String topic, String key, Object event, String idTag)
      throws BrokerUnavailableException {
    var record =
        new ProducerRecord<>(
            topic, null, key.getBytes(UTF_8), EventJson.write(event), headers().toKafka());
    TracedRecord traced = tracing.publish(tracer.currentSpan(), record);
    Span span = traced.span().tag(idTag, key);
    try {
      producer.send(traced.record()).get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      span.error(e);
      throw new BrokerUnavailableException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      span.error(e);
      throw new BrokerUnavailableException(e);
    } finally {
      span.end();
    }
  }

  /**
   * Asks the broker where the topic's partitions are, so that the first request need not.
   *
   * @throws KafkaException if the broker does not say so in time
   */
  public void prepare(String topic) {
    var _ = producer.partitionsFor(topic);
  }

  private RecordHeaders headers() {
    return RecordHeaders.empty()
        .set(RecordHeaders.REQUEST_ID, RequestIdFilter.current())
        .set(RecordHeaders.REPLY_TO, self.value());
  }
}
