package io.tallypost.intake.replies;

import io.micrometer.tracing.Tracer;
import io.tallypost.kit.tracing.RecordTracing;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires what all requests to other services share. */
@Configuration(proxyBeanMethods = false)
class RepliesConfiguration {

  @Bean
  InstanceId instanceId() {
    return InstanceId.next();
  }

  @Bean
  RequestPublisher requestPublisher(
      Producer<byte[], byte[]> producer, Tracer tracer, RecordTracing tracing, InstanceId self) {
    return new RequestPublisher(producer, tracer, tracing, self);
  }
}
