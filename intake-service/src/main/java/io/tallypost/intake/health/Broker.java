package io.tallypost.intake.health;

import io.tallypost.kit.kafka.AdminRole;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/** A separate connection for asking Kafka, opened when first needed. */
final class Broker implements AutoCloseable {
  private final KafkaProperties kafka;
  private final Duration patience;
  private final int patienceMillis;
  private @Nullable Admin admin;

  Broker(KafkaProperties kafka, Duration patience) {
    this.kafka = kafka;
    this.patience = patience;
    this.patienceMillis = Math.toIntExact(patience.toMillis());
  }

  /**
   * Whether a broker answers.
   *
   * @throws org.apache.kafka.common.KafkaException if none can be reached at all
   */
  boolean answers() {
    try {
      return !admin()
          .describeCluster(new DescribeClusterOptions().timeoutMs(patienceMillis))
          .nodes()
          .get(patienceMillis, TimeUnit.MILLISECONDS)
          .isEmpty();
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized Admin admin() {
    if (admin == null) {
      admin = AdminRole.probe(patience).open(kafka.buildAdminProperties());
    }
    return admin;
  }

  @Override
  public synchronized void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
