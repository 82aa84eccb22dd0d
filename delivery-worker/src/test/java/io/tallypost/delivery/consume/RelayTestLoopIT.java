package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.KafkaClients;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaAdmin;

/** When the relay tests' loop says that it is ready, and how long it takes to end. */
@Timeout(60)
class RelayTestLoopIT {

  @Test
  void isNoMemberBeforeTheGroupHasTakenIt() throws IOException {
    // It takes connections, and never answers.
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var loop = new RelayTestLoop(clients("localhost:" + silent.getLocalPort()), _ -> {}).loop();
      loop.start();

      await()
          .during(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(2))
          .until(() -> !loop.hasJoined());

      long began = System.nanoTime();
      loop.stop();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void isOneWhenItKnowsItsPartitions() throws Exception {
    makeTopic();
    var loop = new RelayTestLoop(clients(Backends.kafka()), _ -> {}).loop();
    loop.start();

    await().until(loop::hasJoined);

    loop.stop();
  }

  private static void makeTopic() throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      if (!admin.listTopics().names().get().contains(Topics.RELAY_TESTS)) {
        admin
            .createTopics(
                List.of(new NewTopic(Topics.RELAY_TESTS, Optional.of(2), Optional.empty())))
            .all()
            .get();
      }
    }
  }

  private static KafkaClients clients(String brokers) {
    Map<String, Object> connection = Map.of("bootstrap.servers", brokers);
    return new KafkaClients(
        new DefaultKafkaConsumerFactory<>(connection),
        new DefaultKafkaProducerFactory<>(connection),
        new KafkaAdmin(connection));
  }
}
