package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.rate;
import static io.tallypost.delivery.RelaysUnderTest.received;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.delivery.RelaysUnderTest.unusedPort;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mail that waits for a relay, how often it is looked at meanwhile, and how it gets away. */
class ParkingIT {
  private static final Duration SHORTEST = Duration.ofMillis(500);
  private static final List<Duration> RUNGS =
      List.of(SHORTEST, Duration.ofSeconds(2), Duration.ofSeconds(4));

  private static final int HELD = 2_000;

  private static final Logger log = LoggerFactory.getLogger(ParkingIT.class);

  private static RelaysUnderTest relays;

  private final TenantId tenant = newTenant();

  @BeforeAll
  static void start() {
    relays =
        RelaysUnderTest.start(
            "--tallypost.delivery.retry.delays=500ms,2s,4s",
            "--tallypost.delivery.retry.longest-parking=4s",
            "--resilience4j.circuitbreaker.configs.relay.wait-duration-in-open-state=8s");
  }

  @AfterEach
  void closeSinks() {
    relays.closeSinks();
  }

  @AfterAll
  static void stop() {
    relays.close();
  }

  @Test
  void letsOneMailProbeADeadRelayWhileTheRestClimbsAndFollowsWhenItIsBack() {
    int port = unusedPort();
    relays.set(relay(tenant, "dead", port, 10));
    List<SendRequested> mails = approve(60);
    await().until(() -> probes(mails).size() >= 3);

    SmtpSink back = relays.sink(SinkSettings.defaults().withPort(port));

    assertThat(mails)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(mails).allSatisfy(mail -> assertThat(received(back, mail)).hasSize(1));
    assertThat(mails)
        .as("parked often, told of once for each reason")
        .allSatisfy(mail -> assertThat(parkings(mail)).hasSizeLessThanOrEqualTo(2));
    List<Instant> probes = probes(mails).stream().map(ParkingIT::writtenAt).sorted().toList();
    Duration span = Duration.between(probes.getFirst(), probes.getLast());
    assertThat(probes.size())
        .as("one probe at a time within %s", span)
        .isLessThanOrEqualTo((int) span.dividedBy(SHORTEST) + 2);
  }

  @Test
  void drainsARateLimitedRelaysLineAndLooksAtItsMailSeldom() {
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    relays.set(rate(relay(tenant, "paced", sink.port(), 10), new SendingRate(20, null)));
    List<SendRequested> mails = approve(200);

    assertThat(mails)
        .allSatisfy(mail -> {
          assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
          assertThat(relays.endOf(mail).context().attempt()).isEqualTo(1);
        });
    assertThat(sink.inbox().received()).isEqualTo(200);
    // 10 s of mail: circling on the shortest rung would be some 2 000 records.
    assertThat(waiting(mails).size()).isBetween(1, 1_000);
  }

  /** What a worker can put off in a second is in the log: the machine decides, so it is no test. */
  @Test
  void parksThousandsOfHeldMailsAgainAndAgainAndTellsOnceOfEach() {
    relays.hold(tenant, 1, true);
    double before = relays.parked("held");
    List<SendRequested> mails = IntStream.range(0, HELD).mapToObj(_ -> mail(tenant)).toList();
    relays.queues().approve(mails);
    await().until(() -> relays.parked("held") > before);
    long began = System.nanoTime();
    await().atMost(Duration.ofSeconds(60)).until(() -> relays.parked("held") >= before + 4 * HELD);
    double seconds = (System.nanoTime() - began) / 1e9;
    log.info("{} parkings a second", Math.round(4 * HELD / seconds));

    relays.hold(tenant, 2, false);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> relays.standard().inbox().received() >= HELD);
    assertThat(mails)
        .allSatisfy(mail -> {
          assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
          assertThat(relays.endOf(mail).context().attempt()).isEqualTo(1);
          assertThat(parkings(mail)).filteredOn(one -> one.reason().contains("hold")).hasSize(1);
        });
  }

  private List<SendRequested> approve(int mails) {
    return IntStream.range(0, mails).mapToObj(_ -> relays.approve(mail(tenant))).toList();
  }

  /** The records of mail that would have climbed if it had not been picked. */
  private static List<ConsumerRecord<byte[], byte[]>> probes(List<SendRequested> mails) {
    return waiting(mails).stream()
        .filter(record -> record.topic().equals(Topics.retry(SHORTEST)))
        .filter(
            record -> RecordHeaders.of(record.headers()).instant(RecordHeaders.RETRY_AT).isEmpty())
        .filter(record ->
            RecordHeaders.of(record.headers())
                .instant(RecordHeaders.PARKED_SINCE)
                .filter(
                    since -> since.isBefore(writtenAt(record).minus(RUNGS.get(1)).minusMillis(200)))
                .isPresent())
        .toList();
  }

  private static List<ConsumerRecord<byte[], byte[]>> waiting(List<SendRequested> mails) {
    Set<String> ids =
        mails.stream().map(mail -> mail.messageId().toString()).collect(Collectors.toSet());
    return RUNGS.stream()
        .flatMap(rung -> relays.queues().all(Topics.retry(rung)).stream())
        .filter(record -> ids.contains(new String(record.key(), UTF_8)))
        .toList();
  }

  private static Instant writtenAt(ConsumerRecord<byte[], byte[]> record) {
    return Instant.ofEpochMilli(record.timestamp());
  }

  private static List<Deferred> parkings(SendRequested mail) {
    return relays.queues().outcomes(mail.messageId()).stream()
        .flatMap(
            outcome -> outcome instanceof Deferred deferred ? Stream.of(deferred) : Stream.of())
        .filter(deferred -> !deferred.counted())
        .toList();
  }
}
