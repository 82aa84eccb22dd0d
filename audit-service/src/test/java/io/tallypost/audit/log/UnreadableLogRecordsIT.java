package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.failed;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.mail.SmtpReply;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Records that cannot be read, letters that nobody can read, and what PostgreSQL cannot store. */
class UnreadableLogRecordsIT extends WholeServiceIT {
  private static final byte[] GARBAGE = {0, 1, (byte) 0xff, '{'};

  @Test
  void deadLettersUnreadableDecisionsAndOutcomesByteForByte() {
    for (String topic : List.of(Topics.DECISIONS, Topics.OUTCOMES)) {
      String key = id + "/" + topic;
      service.send(Wire.raw(topic, key, GARBAGE));

      await().until(() -> letters(key) == 1);
      var letter =
          jdbc.queryForMap(
              "SELECT category, source_topic, message_id, encode(value, 'hex') AS value, headers::text AS headers"
                  + " FROM audit.dead_letter WHERE record_key = ?",
              key.getBytes(UTF_8));
      assertThat(letter)
          .containsEntry("category", "poison")
          .containsEntry("source_topic", topic)
          .containsEntry("message_id", null)
          .containsEntry("value", HexFormat.of().formatHex(GARBAGE));
      assertThat(String.valueOf(letter.get("headers")))
          .contains(Wire.TRACE_ID)
          .contains("source-offset");
    }
    service.send(request);
    service.awaitStatus(id, reader, "queued");
  }

  @Test
  void leavesUnreadableRequestsToQuotaAndGoesOn() {
    String subject = MAIL.subject();
    byte[] nul =
        new String(EventJson.write(request), UTF_8).replace(subject, "a\\u0000b").getBytes(UTF_8);
    service.send(Wire.raw(Topics.REQUESTS, id.toString(), nul));
    service.send(Wire.raw(Topics.REQUESTS, id.toString(), GARBAGE));
    service.send(decided(request, Verdict.APPROVED));
    service.awaitStatus(id, reader, "approved");

    await()
        .untilAsserted(() ->
            assertThat(metric("tallypost_audit_unreadable_total", Topics.REQUESTS))
                .isGreaterThanOrEqualTo(2));
    assertThat(letters(id.toString())).isZero();
  }

  @Test
  void keepsLettersThatNobodyCanRead() {
    String key = "letter/" + id;
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.CATEGORY, "no such category")
            .set(RecordHeaders.SOURCE_OFFSET, "-3")
            .set(RecordHeaders.REASON, "nul \0 in it")
            .toKafka();
    headers.add("hostile\0", new byte[] {(byte) 0xc3, 0});
    headers.add("absent", null);
    service.send(
        new ProducerRecord<>(Topics.DEAD_LETTER, 1, key.getBytes(UTF_8), GARBAGE, headers));
    service.send(new ProducerRecord<>(Topics.DEAD_LETTER, 2, key.getBytes(UTF_8), null, headers));

    await().until(() -> letters(key) == 2);
    assertThat(
            jdbc.queryForMap(
                "SELECT category, reason, source_topic, source_partition, value FROM audit.dead_letter"
                    + " WHERE record_key = ? AND partition = 1",
                key.getBytes(UTF_8)))
        .containsEntry("category", "poison")
        .containsEntry("reason", "nul \uFFFD in it")
        .containsEntry("source_topic", Topics.DEAD_LETTER)
        .containsEntry("source_partition", 1)
        .containsEntry("value", GARBAGE);
  }

  @Test
  void replacesWhatPostgresCannotStoreInAReply() {
    var reply = new SmtpReply(550, null, "a\0b");
    var outcome =
        failed(
            request,
            0,
            1,
            Category.PERMANENT,
            List.of(BOB),
            new RecipientResult(BOB, RecipientResult.Status.FAILED, reply, null));
    service.send(outcome);

    var body = service.awaitStatus(id, reader, "failed");

    assertThat(body.path("recipients").path(0).path("reply").asString()).isEqualTo("a\uFFFDb");
  }
}
