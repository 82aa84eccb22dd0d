package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.JOB_ID;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.audit.deadletter.LettersInMemory;
import io.tallypost.audit.operator.KafkaInMemory;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A job of so many letters, without a broker and without a database. */
final class Replaying {
  final KafkaInMemory kafka = new KafkaInMemory();
  final LettersInMemory letters = new LettersInMemory();
  final LeasedJobs jobs;
  final List<String> keys = new ArrayList<>();

  private final ReplayRecords records =
      new ReplayRecords(new RecordTracing(Tracer.NOOP, Propagator.NOOP));
  private final ReplayMetrics metrics =
      new ReplayMetrics(
          new SimpleMeterRegistry(),
          new LabelValues(10),
          new CompactedView<>(Topics.TENANTS, TenantState.class, Map.of()));

  Replaying(SendRequested... requests) {
    jobs = new LeasedJobs(requests.length);
    for (SendRequested request : requests) {
      letters.add(request);
      keys.add(request.messageId().toString());
    }
  }

  /** A job of so many small letters. */
  static Replaying of(int count) {
    var requests = new SendRequested[count];
    for (int i = 0; i < count; i++) {
      requests[i] = request("text");
    }
    return new Replaying(requests);
  }

  /** A mail of its own. */
  static SendRequested request(String text) {
    var mail =
        new Mail(
            MAIL.from(),
            List.of(Mailbox.of(BOB)),
            List.of(),
            List.of(),
            List.of(),
            MAIL.subject(),
            text,
            null,
            new TreeMap<>());
    return Examples.nextSendRequested(mail, 1000);
  }

  ReplayRun run(UUID job, UUID runner) {
    return new ReplayRun(
        job, runner, jobs, letters, records, kafka, metrics, InstantSource.fixed(NOON));
  }

  /** A run of somebody who has just leased the job. */
  ReplayRun leased() {
    var runner = UUID.randomUUID();
    jobs.leaseTo(runner);
    return run(JOB_ID, runner);
  }

  /** The mails that workers see, in their order. */
  List<String> mails() {
    return keysOn(Topics.APPROVED);
  }

  List<String> operations() {
    return keysOn(Topics.OPERATIONS);
  }

  private List<String> keysOn(String topic) {
    return kafka.committed().stream()
        .filter(record -> record.topic().equals(topic))
        .map(record -> new String(record.key(), UTF_8))
        .toList();
  }
}
