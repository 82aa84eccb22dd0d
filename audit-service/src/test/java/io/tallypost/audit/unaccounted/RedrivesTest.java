package io.tallypost.audit.unaccounted;

import static io.tallypost.events.Examples.ACME_KEY;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.KafkaInMemory;
import io.tallypost.audit.unaccounted.Redrives.Skipped;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** What a redrive says of each message, whatever fails in between. */
class RedrivesTest {
  private static final TopicPartition PARTITION = new TopicPartition(Topics.REQUESTS, 0);
  private static final String NOT_REACHED =
      "Kafka or the database did not answer; redrive it again";

  /** Two chunks. */
  private final Missed messages = new Missed(60);

  private final KafkaInMemory kafka = new KafkaInMemory();
  private final Redrives redrives =
      new Redrives(
          messages,
          kafka,
          kafka.acts(),
          new RecordTracing(Tracer.NOOP, Propagator.NOOP),
          new Unwritten(),
          InstantSource.fixed(NOON));

  /** Its entries are on the topic alone. */
  private static final class Unwritten extends AdminLog {
    Unwritten() {
      super(JdbcClient.create(new DriverManagerDataSource()), "audit-service");
    }

    @Override
    public AdminEntry add(
        Instant at,
        ApiKeyId by,
        String action,
        Object subjectId,
        @Nullable TenantId tenant,
        @Nullable String detail) {
      return AdminEntry.of(
          at,
          "audit-service",
          AdminEntry.Actor.key(by),
          action,
          subjectId.toString(),
          tenant,
          detail);
    }
  }

  @BeforeEach
  void requests() {
    kafka.readWith(() ->
        new MockConsumer<>("earliest") {
          {
            updateEndOffsets(Map.of(PARTITION, (long) messages.requests().size()));
            updateBeginningOffsets(Map.of(PARTITION, 0L));
          }

          @Override
          public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            long offset = position(PARTITION);
            var request = messages.requests().get((int) offset);
            byte[] key = request.messageId().toString().getBytes(UTF_8);
            var record =
                new ConsumerRecord<>(Topics.REQUESTS, 0, offset, key, EventJson.write(request));
            return new ConsumerRecords<>(Map.of(PARTITION, List.of(record)), Map.of());
          }
        });
  }

  private List<UUID> redriven() {
    return kafka.committed().stream()
        .filter(record -> record.topic().equals(Topics.APPROVED))
        .map(ProducerRecord::key)
        .map(key -> UUID.fromString(new String(key, UTF_8)))
        .toList();
  }

  @Test
  void putsEachBackOnceWhoeverNamesItTwice() {
    List<UUID> twice = Stream.generate(messages::ids).limit(2).flatMap(List::stream).toList();

    var done = redrives.redrive(twice, ACME_KEY);

    assertThat(done.redriven()).isEqualTo(messages.ids());
    assertThat(done.skipped()).isEmpty();
    assertThat(redriven()).isEqualTo(messages.ids());
    assertThat(kafka.commits()).as("one for each chunk").isEqualTo(2);
  }

  @Test
  void saysWhatIsUnknownOrAlreadyHeardOf() {
    UUID first = messages.ids().getFirst();
    UUID unknown = UUID.randomUUID();
    redrives.redrive(List.of(first), ACME_KEY);

    var done = redrives.redrive(List.of(first, unknown), ACME_KEY);

    assertThat(done.redriven()).isEmpty();
    assertThat(done.skipped())
        .extracting(Skipped::reason)
        .containsOnly("it is not unaccounted for")
        .hasSize(2);
    assertThat(redriven()).containsExactly(first);
  }

  /** The caller must learn what is done. */
  @Test
  void saysWhatIsDoneWhenKafkaIsAwayForTheRest() {
    kafka.failAfter(1, new KafkaException("broker away"));

    var done = redrives.redrive(messages.ids(), ACME_KEY);

    assertThat(done.redriven()).isEqualTo(messages.ids().subList(0, 50)).isEqualTo(redriven());
    assertThat(done.skipped())
        .isEqualTo(
            messages.ids().subList(50, 60).stream()
                .map(id -> new Skipped(id, NOT_REACHED))
                .toList());
  }

  @Test
  void failsWhereNothingIsDone() {
    var failure = new KafkaException("broker away");
    kafka.failAfter(0, failure);

    assertThatThrownBy(() -> redrives.redrive(messages.ids(), ACME_KEY)).isSameAs(failure);
  }

  @Test
  void doesNotHideAFaultOfOursBehindWhatIsDone() {
    var fault = new IllegalStateException("a fault of ours");
    kafka.failAfter(1, fault);

    assertThatThrownBy(() -> redrives.redrive(messages.ids(), ACME_KEY)).isSameAs(fault);
  }
}
