package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What is told of a mail that fits nowhere, the less the smaller the topics are. */
class TooLargeMailTest {
  private static final SendRequested REQUEST = Examples.sendRequested();
  private static final byte[] MAIL = EventJson.write(REQUEST);
  private static final String KEY = REQUEST.messageId().toString();

  @Test
  void givesUpTheBytesLastAndTheWordsAboutThemFirst() throws Exception {
    List<String> forms = new ArrayList<>();
    for (List<ProducerRecord<byte[], byte[]>> form : TooLargeMail.ends(source(MAIL), NOON)) {
      forms.add(letter(form.getFirst()) + ", " + outcome(form.getLast()));
    }

    assertThat(forms)
        .containsExactly(
            "bytes for 2, 2 results for 2",
            "bytes for 2, 0 results for 2",
            "bytes for 2, 0 results for 0",
            "no bytes for 2, 2 results for 2",
            "no bytes for 2, 0 results for 2",
            "no bytes for 2, 0 results for 0",
            "no bytes for 0, 2 results for 2",
            "no bytes for 0, 0 results for 2",
            "no bytes for 0, 0 results for 0");
  }

  @Test
  void saysInEachFormWhoseMailItIs() throws Exception {
    for (List<ProducerRecord<byte[], byte[]>> form : TooLargeMail.ends(source(MAIL), NOON)) {
      ProducerRecord<byte[], byte[]> letter = form.getFirst();
      assertThat(letter.key()).isEqualTo(KEY.getBytes(UTF_8));
      if (letter.value() == null) {
        var message =
            RecordHeaders.of(letter.headers())
                .text(RecordHeaders.MESSAGE)
                .orElse("")
                .getBytes(UTF_8);
        assertThat(EventJson.read(message, EventContext.class)).isEqualTo(REQUEST.context());
      }
    }
  }

  /** Kafka closes the headers of a record that it was given. */
  @Test
  void usesNoRecordTwice() {
    List<ProducerRecord<byte[], byte[]>> records =
        TooLargeMail.ends(source(MAIL), NOON).stream().flatMap(List::stream).toList();

    Set<Object> headers = Collections.newSetFromMap(new IdentityHashMap<>());
    records.forEach(record -> headers.add(record.headers()));
    assertThat(headers).hasSameSizeAs(records);
  }

  @Test
  void givesWhatNobodyCanReadToNobody() {
    var forms = TooLargeMail.ends(source("no mail".getBytes(UTF_8)), NOON);

    assertThat(forms).hasSizeGreaterThan(1);
    assertThat(forms.getLast())
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.key()).isNull();
          assertThat(letter.value()).isNull();
          assertThat(letter.headers().lastHeader(RecordHeaders.MESSAGE)).isNull();
        });
  }

  private static String letter(ProducerRecord<byte[], byte[]> record) throws Exception {
    var failed = RecordHeaders.of(record.headers()).addresses(RecordHeaders.FAILED_RECIPIENTS);
    return (record.value() == null ? "no bytes for " : "bytes for ") + failed.size();
  }

  private static String outcome(ProducerRecord<byte[], byte[]> record) throws Exception {
    var failed = (DeliveryOutcome.Failed) EventJson.read(record.value(), DeliveryOutcome.class);
    assertThat(List.of(BOB, CAROL)).containsAll(failed.recipients());
    assertThat(failed.attempt().results())
        .extracting(RecipientResult::status)
        .doesNotContain(RecipientResult.Status.DELIVERED, RecipientResult.Status.DEFERRED);
    return failed.attempt().results().size() + " results for " + failed.recipients().size();
  }

  private static ConsumerRecord<byte[], byte[]> source(byte[] value) {
    var source =
        new ConsumerRecord<>(
            Topics.retry(Duration.ofSeconds(30)), 0, 1, KEY.getBytes(UTF_8), value);
    source.headers().add("foreign", new byte[100]);
    return source;
  }
}
