package io.tallypost.kit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClientRolesTest {
  /** Nobody listens there; a client says so later, and refuses bad settings at once. */
  private static final Map<String, Object> CONNECTION =
      Map.of("bootstrap.servers", "localhost:9", "group.id", "spring's");

  static Stream<ConsumerRole> members() {
    return Stream.of(
        ConsumerRole.worker("delivery-worker", 16),
        ConsumerRole.retries("delivery-retry", 100),
        ConsumerRole.requests("quota-service", "quota-1"),
        ConsumerRole.log("audit-service", 500, Duration.ofMillis(300)));
  }

  static Stream<ConsumerRole> loners() {
    return Stream.of(ConsumerRole.view(), ConsumerRole.replies(), ConsumerRole.singleRecords());
  }

  static Stream<ConsumerRole> consumers() {
    return Stream.of(members(), loners(), Stream.of(ConsumerRole.nobody("replay-1")))
        .flatMap(roles -> roles);
  }

  static Stream<ProducerRole> producers() {
    return Stream.of(
        ProducerRole.accepting(),
        ProducerRole.verdicts("verdicts-1"),
        ProducerRole.approvals("approvals-1", "quota-1"),
        ProducerRole.operatorActions("replay-1"),
        ProducerRole.retries("delivery-retry-1"),
        ProducerRole.outcomes(),
        ProducerRole.adminEntry());
  }

  static Stream<AdminRole> admins() {
    return Stream.of(
        AdminRole.patient(),
        AdminRole.operator(),
        AdminRole.topicId("topic-1"),
        AdminRole.probe(Duration.ofSeconds(2)));
  }

  /** A dead member is found equally soon in each group. */
  @ParameterizedTest
  @MethodSource("members")
  void allGroupsHaveOneSessionAndLoseNothing(ConsumerRole role) {
    assertThat(role.over(CONNECTION))
        .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 8_000)
        .containsEntry(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 2_000)
        .containsEntry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false)
        .containsEntry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        .containsEntry(
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            CooperativeStickyAssignor.class.getName())
        .doesNotContainEntry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest")
        .doesNotContainEntry(ConsumerConfig.GROUP_ID_CONFIG, "spring's");
  }

  @ParameterizedTest
  @MethodSource("loners")
  void whatReadsAloneIsInNoGroup(ConsumerRole role) {
    assertThat(role.over(CONNECTION)).doesNotContainKey(ConsumerConfig.GROUP_ID_CONFIG);
  }

  @Test
  void aFactoryGetsTheSameSettings() {
    var role = ConsumerRole.log("audit-service", 500, Duration.ofMillis(300));

    assertThat(role.properties())
        .containsEntry("session.timeout.ms", "8000")
        .containsEntry("max.poll.records", "500")
        .containsEntry("fetch.max.wait.ms", "300");
  }

  @ParameterizedTest
  @MethodSource("consumers")
  void kafkaTakesEachConsumersSettings(ConsumerRole role) {
    assertThatCode(() -> role.open(CONNECTION).close(CloseOptions.timeout(Duration.ZERO)))
        .doesNotThrowAnyException();
  }

  /** It refuses a delivery timeout that is shorter than linger and request together. */
  @ParameterizedTest
  @MethodSource("producers")
  void kafkaTakesEachProducersSettings(ProducerRole role) {
    assertThatCode(() -> role.open(CONNECTION).close(Duration.ZERO)).doesNotThrowAnyException();
  }

  /** Else a new partition may keep a batch out for ever (KAFKA-15591). */
  @Test
  void whatIsNeverGivenUpGoesOutOneRequestAfterTheOther() {
    assertThat(ProducerRole.outcomes().over(CONNECTION))
        .containsEntry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE)
        .containsEntry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
  }

  @ParameterizedTest
  @MethodSource("admins")
  void kafkaTakesEachAdminsSettings(AdminRole role) {
    assertThatCode(() -> role.open(CONNECTION).close(Duration.ZERO)).doesNotThrowAnyException();
  }
}
