package io.tallypost.quota.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What cannot be read is kept to the byte, and holds nobody up. */
class UnreadableIT {

  @Test
  void keepsUnreadableRecordsAsDeadLettersAndGoodOnesGoOn() {
    var requests = Requests.ofNewKey(100);
    var good = List.of(requests.next(1), requests.next(1), requests.next(1));
    var hostile = requests.next(1);
    var bad = hostileValues(hostile);
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    records.add(onPartition0(good.get(0)));
    bad.forEach(
        value -> records.add(new ProducerRecord<>(Topics.REQUESTS, 0, key(hostile), value)));
    records.add(new ProducerRecord<>(Topics.REQUESTS, 0, null, null));
    records.add(onPartition0(good.get(1)));
    // The key of another message.
    records.add(
        new ProducerRecord<>(Topics.REQUESTS, 0, key(good.get(0)), EventJson.write(good.get(1))));
    records.add(onPartition0(good.get(2)));

    try (var letters = Topic.fromNowOn(Topics.DEAD_LETTER);
        var approved = Topic.fromNowOn(Topics.APPROVED)) {
      try (var _ = QuotaRig.start()) {
        QuotaRig.send(records);
        good.forEach(request -> assertThat(approved.atLeast(1, request.messageId())).hasSize(1));
      }

      var written = letters.atLeast(bad.size() + 2, record -> true);
      assertThat(written).hasSize(bad.size() + 2);
      for (byte[] value : bad) {
        assertThat(written).filteredOn(letter -> Arrays.equals(letter.value(), value)).hasSize(1);
      }
      assertThat(written)
          .allSatisfy(letter -> {
            var headers = RecordHeaders.of(letter.headers());
            assertThat(headers.text(RecordHeaders.CATEGORY)).contains("poison");
            assertThat(headers.text(RecordHeaders.SOURCE_TOPIC)).contains(Topics.REQUESTS);
            assertThat(headers.text(RecordHeaders.SOURCE_OFFSET)).isPresent();
          });
    }
    assertThat(QuotaRig.charged(requests)).isEqualTo(3);
  }

  private static List<byte[]> hostileValues(SendRequested request) {
    var json = new String(EventJson.write(request), UTF_8);
    return List.of(
        new byte[] {(byte) 0xff, 0, 1, 2},
        new byte[0],
        "null".getBytes(UTF_8),
        "[1]".getBytes(UTF_8),
        json.replace("\"v\":1", "\"v\":2").getBytes(UTF_8),
        json.replaceFirst("\"tenant\":\"acme\"", "\"tenant\":\"ac\\\\u0000me\"").getBytes(UTF_8),
        json.replace(request.fingerprint().value(), "\\u0000".repeat(64)).getBytes(UTF_8),
        json.replace("2026-11-22T12:00:00Z", "+999999999-12-31T23:59:59Z").getBytes(UTF_8));
  }

  private static ProducerRecord<byte[], byte[]> onPartition0(SendRequested request) {
    return new ProducerRecord<>(Topics.REQUESTS, 0, key(request), EventJson.write(request));
  }

  private static byte[] key(SendRequested request) {
    return request.messageId().toString().getBytes(UTF_8);
  }
}
