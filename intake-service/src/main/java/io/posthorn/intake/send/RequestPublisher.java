package io.posthorn.intake.send;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.posthorn.events.EventJson;
import io.posthorn.events.RecordHeaders;
import io.posthorn.events.SendRequested;
import io.posthorn.events.Topics;
import io.posthorn.tracing.RecordTracing;
import io.posthorn.web.RequestIdFilter;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/** Hands requests to the broker, and returns when it has them for good. */
final class RequestPublisher {
  /** Above what the producer itself allows; only a bug of its would let this pass. */
  private static final Duration LONGEST = Duration.ofMillis(9_500);

  private final Producer<byte[], byte[]> producer;
  private final Tracer tracer;
  private final RecordTracing tracing;
  private final InstanceId self;

  RequestPublisher(
      Producer<byte[], byte[]> producer, Tracer tracer, RecordTracing tracing, InstanceId self) {
    this.producer = producer;
    this.tracer = tracer;
    this.tracing = tracing;
    this.self = self;
  }

  /**
   * Publishes and waits for the acknowledgement.
   *
   * @throws BrokerUnavailableException if it does not come; the broker may have the request or not
   */
  void publish(SendRequested request) throws BrokerUnavailableException {
    Span span =
        tracer
            .spanBuilder()
            .name(Topics.REQUESTS + " publish")
            .kind(Span.Kind.PRODUCER)
            .tag("messaging.system", "kafka")
            .tag("messaging.destination.name", Topics.REQUESTS)
            .tag("posthorn.message_id", request.messageId().toString())
            .start();
    try {
      producer.send(record(request, span)).get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
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

  private ProducerRecord<byte[], byte[]> record(SendRequested request, Span span) {
    var headers =
        tracing
            .inject(span, RecordHeaders.empty())
            .set(RecordHeaders.REQUEST_ID, RequestIdFilter.current())
            .set(RecordHeaders.REPLY_TO, self.value());
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    return new ProducerRecord<>(
        Topics.REQUESTS, null, key, EventJson.write(request), headers.toKafka());
  }
}
