package io.tallypost.audit.deadletter;

import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.Answers;
import io.tallypost.audit.operator.OperatorActs;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.store.StorableText;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.ids.ApiKeyId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Discards letters. */
@Component
class Discards {
  private final JdbcClient jdbc;
  private final Letters letters;
  private final OperatorActs acts;
  private final AdminLog adminLog;
  private final InstantSource clock;

  Discards(
      JdbcClient jdbc, Letters letters, OperatorActs acts, AdminLog adminLog, InstantSource clock) {
    this.jdbc = jdbc;
    this.letters = letters;
    this.acts = acts;
    this.adminLog = adminLog;
    this.clock = clock;
  }

  /**
   * Discards a letter that waits.
   *
   * @return the letter as it is then
   * @throws io.tallypost.kit.problems.ProblemException 409 if it does not wait
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be told
   */
  Letter discard(Letter letter, String reason, ApiKeyId by) {
    Instant now = StorableTime.micros(clock.instant());
    return acts.perform(
        "discard-" + letter.id(),
        () -> {
          if (!mark(letter.id(), now, by, reason)) {
            throw Answers.conflict(
                "not_waiting",
                "Only a letter in the state waiting can be discarded; look at this one's state.");
          }
          AdminEntry entry =
              adminLog.add(now, by, "dead_letter.discarded", letter.id(), letter.owner(), reason);
          return new OperatorActs.Act<>(
              letter.discarded(now, by, StorableText.of(reason)),
              List.of(operation(letter, now, by, reason), OperatorKafka.logged(entry)));
        });
  }

  private boolean mark(UUID id, Instant now, ApiKeyId by, String reason) {
    return jdbc.sql(
                """
                UPDATE audit.dead_letter_state SET state = 'discarded', changed_at = :at, changed_by = :by, reason = :reason
                WHERE letter_id = :id AND state = 'waiting'
                """)
            .param("at", now.atOffset(ZoneOffset.UTC))
            .param("by", by.value())
            .param("reason", StorableText.of(reason))
            .param("id", id)
            .update()
        == 1;
  }

  private ProducerRecord<byte[], byte[]> operation(
      Letter letter, Instant now, ApiKeyId by, String reason) {
    var content =
        letters.content(letter.id()).orElseThrow(() -> new IllegalStateException("it is locked"));
    var headers = RecordHeaders.of(HeadersJson.toKafka(content.headers()));
    var action =
        OperatorAction.Discarded.of(
            letter.id(),
            now,
            by,
            reason,
            letter.isMail() ? LetterMessage.of(content.value(), headers).orElse(null) : null,
            letter.replayCount(),
            letter.attempts());
    return OperatorKafka.operation(action, headers);
  }
}
