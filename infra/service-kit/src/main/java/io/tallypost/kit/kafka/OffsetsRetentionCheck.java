package io.tallypost.kit.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.kafka.core.KafkaAdmin;

/**
 * Checks that the broker remembers an idle group's offsets as long as it keeps records. With
 * Kafka's default of 7 days, workers that were stopped for longer would start with the earliest
 * record and send everything again.
 */
final class OffsetsRetentionCheck implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(OffsetsRetentionCheck.class);
  private static final String SETTING = "offsets.retention.minutes";
  private static final long TIMEOUT_SECONDS = 10;

  private final KafkaAdmin kafka;
  private final TopicSettings settings;

  OffsetsRetentionCheck(KafkaAdmin kafka, TopicSettings settings) {
    this.kafka = kafka;
    this.settings = settings;
  }

  /**
   * Asks one broker.
   *
   * @throws IllegalStateException if the broker forgets too soon
   */
  @Override
  public void afterSingletonsInstantiated() {
    if (!settings.checkOffsetsRetention()) {
      return;
    }
    try (var admin = AdminRole.patient().open(kafka.getConfigurationProperties())) {
      var retention = Duration.ofMinutes(Long.parseLong(brokerSetting(admin)));
      if (retention.compareTo(TopicsConfiguration.LONGEST_RETENTION) <= 0) {
        throw new IllegalStateException(
            "The broker's %s is %d days and must be more than %d: set it to %d, or set tallypost.topics.check-offsets-retention=false and never stop a service for longer."
                .formatted(
                    SETTING,
                    retention.toDays(),
                    TopicsConfiguration.LONGEST_RETENTION.toDays(),
                    TopicsConfiguration.LONGEST_RETENTION.plusDays(1).toMinutes()));
      }
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn().setCause(e).log("cannot read the broker's {}, so it is not checked", SETTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String brokerSetting(Admin admin)
      throws ExecutionException, InterruptedException, TimeoutException {
    var node =
        admin.describeCluster().nodes().get(TIMEOUT_SECONDS, TimeUnit.SECONDS).iterator().next();
    var broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    var configs = admin.describeConfigs(List.of(broker)).values().get(broker);
    return Objects.requireNonNull(configs, "asked for it")
        .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .get(SETTING)
        .value();
  }
}
