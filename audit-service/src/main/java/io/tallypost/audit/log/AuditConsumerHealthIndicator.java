package io.tallypost.audit.log;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Up once it has joined the group; later failures of Kafka or PostgreSQL do not change that. */
@Component
class AuditConsumerHealthIndicator implements HealthIndicator {
  private final AuditConsumer consumer;

  AuditConsumerHealthIndicator(AuditConsumer consumer) {
    this.consumer = consumer;
  }

  @Override
  public Health health() {
    return consumer.hasJoined() ? Health.up().build() : Health.outOfService().build();
  }
}
