package io.tallypost.audit.unaccounted;

import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.OperatorActs;
import io.tallypost.audit.operator.OperatorActs.Act;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.AdminEntry;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Puts unaccounted messages back in a queue, with the bytes of their requests: in quota's if
 * nothing was decided (quota recognises a submission that it has decided, and only repeats its
 * verdict), else in the workers'. If such a mail was only late, its recipients get a copy, with the
 * same Message-ID.
 */
@Component
class Redrives {
  private static final Logger log = LoggerFactory.getLogger(Redrives.class);
  private static final int CHUNK = 50;
  private static final String NOT_REACHED =
      "Kafka or the database did not answer; redrive it again";
  private static final String UNCONFIRMED =
      "Kafka has not confirmed in time, so it may have been redriven: look at its timeline before you redrive it again";

  private final UnaccountedMessages messages;
  private final OperatorKafka kafka;
  private final OperatorActs acts;
  private final RedriveRecords records;
  private final AdminLog adminLog;
  private final InstantSource clock;

  Redrives(
      UnaccountedMessages messages,
      OperatorKafka kafka,
      OperatorActs acts,
      RecordTracing tracing,
      AdminLog adminLog,
      InstantSource clock) {
    this.messages = messages;
    this.kafka = kafka;
    this.acts = acts;
    this.records = new RedriveRecords(tracing);
    this.adminLog = adminLog;
    this.clock = clock;
  }

  /** A message that was not redriven, and why. */
  record Skipped(UUID id, String reason) {}

  /** The result of a redrive. */
  record Done(List<UUID> redriven, List<Skipped> skipped) {}

  /**
   * Redrives those of the messages that are unaccounted for. Once some are done, the result says so
   * whatever fails, and the rest is skipped.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked, and nothing
   *     was done
   * @throws OperatorKafka.UnconfirmedException if Kafka may have been told
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be told, and nothing was done
   */
  Done redrive(List<UUID> ids, ApiKeyId by) {
    var done = new Done(new ArrayList<>(), new ArrayList<>());
    List<UUID> distinct = ids.stream().distinct().toList();
    try (var archive = new RequestArchive(kafka.reader())) {
      for (int from = 0; from < distinct.size(); from += CHUNK) {
        List<UUID> chunk = distinct.subList(from, Math.min(from + CHUNK, distinct.size()));
        try {
          Done some = chunk(chunk, archive, by);
          done.redriven().addAll(some.redriven());
          done.skipped().addAll(some.skipped());
        } catch (RuntimeException e) {
          if (done.redriven().isEmpty() || !Away.DATABASE.or(Away.KAFKA).test(e)) {
            throw e;
          }
          log.atWarn().setCause(e).log("a redrive ends early");
          boolean unconfirmed = e instanceof OperatorKafka.UnconfirmedException;
          skip(chunk, unconfirmed ? UNCONFIRMED : NOT_REACHED, done);
          skip(distinct.subList(from + chunk.size(), distinct.size()), NOT_REACHED, done);
          return done;
        }
      }
    }
    return done;
  }

  private static void skip(List<UUID> ids, String reason, Done done) {
    ids.forEach(id -> done.skipped().add(new Skipped(id, reason)));
  }

  private Done chunk(List<UUID> ids, RequestArchive archive, ApiKeyId by) {
    var redriveId = UUID.randomUUID();
    // A second caller waits for the locks, then finds them heard of.
    return acts.perform("redrive-" + redriveId, () -> prepared(redriveId, ids, archive, by));
  }

  private Act<Done> prepared(UUID redriveId, List<UUID> ids, RequestArchive archive, ApiKeyId by) {
    Instant now = StorableTime.micros(clock.instant());
    var done = new Done(new ArrayList<>(), new ArrayList<>());
    Set<UUID> left = new HashSet<>(ids);
    List<ProducerRecord<byte[], byte[]>> following = new ArrayList<>();
    for (UnaccountedMessage message : messages.lock(ids)) {
      left.remove(message.id());
      Optional<RequestArchive.Found> found = archive.find(message);
      var recipients = messages.recipients(message);
      Optional<String> skipped = RedriveRecords.whyNot(found, recipients);
      if (skipped.isPresent()) {
        done.skipped().add(new Skipped(message.id(), skipped.get()));
      } else {
        following.addAll(records.of(message, found.orElseThrow(), recipients, redriveId, now, by));
        messages.touch(message, now);
        AdminEntry entry =
            adminLog.add(
                now,
                by,
                "message.redriven",
                message.id(),
                new TenantId(message.tenant()),
                message.status());
        following.add(OperatorKafka.logged(entry));
        done.redriven().add(message.id());
      }
    }
    skip(List.copyOf(left), "it is not unaccounted for", done);
    return new Act<>(done, following);
  }
}
