package io.tallypost.audit.log;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.store.ConnectionPools;
import io.tallypost.audit.store.ConnectionPools.Duty;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the topics, and gives each poll to a {@link BatchWriter}. Why this is no listener container
 * of Spring's: docs/decisions/0013-one-kind-of-loop.md.
 */
@Component
class AuditConsumer implements Looping {
  private static final Logger log = LoggerFactory.getLogger(AuditConsumer.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final ConsumerFactory<byte[], byte[]> consumers;
  private final Projection projection;
  private final AuditSettings settings;
  private final Loop loop;

  AuditConsumer(
      ConsumerFactory<byte[], byte[]> consumers, Projection projection, AuditSettings settings) {
    this.consumers = consumers;
    this.projection = projection;
    this.settings = settings;
    this.loop = new Loop("audit-consumer", LoopPolicy.waitingFor(Away.KAFKA), this::readAll);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  private void readAll(Loop loop) {
    try (var _ = ConnectionPools.use(Duty.LOG);
        Consumer<byte[], byte[]> consumer = consumer()) {
      var writer = new BatchWriter(consumer, projection, settings.retryAfter());
      consumer.subscribe(AuditMetrics.TOPICS, writer);
      while (!loop.isStopping()) {
        var polled = consumer.poll(POLL);
        if (!loop.hasJoined() && consumer.groupMetadata().generationId() >= 0) {
          loop.joined();
          log.atInfo().addKeyValue("group", settings.group()).log("joined the group");
        }
        writer.on(polled);
        loop.well();
      }
    } catch (RuntimeException | Error e) {
      projection.giveUp(e);
      throw e;
    } finally {
      projection.drop(record -> true);
    }
  }

  private Consumer<byte[], byte[]> consumer() {
    var role = ConsumerRole.log(settings.group(), settings.batch(), settings.linger());
    return consumers.createConsumer(settings.group(), "audit", null, role.properties());
  }
}
