package io.tallypost.delivery.courier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.kafka.DeadLetterRecords;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** How a mail ends that is too large for the topic that it is to move to. Pure. */
public final class TooLargeMail {
  private TooLargeMail() {}

  /**
   * The records to write in place of the one that is too large.
   *
   * @return in forms that get shorter: the last one fits into any topic
   */
  public static List<List<ProducerRecord<byte[], byte[]>>> ends(
      ConsumerRecord<byte[], byte[]> source, Instant now) {
    try {
      QueuedMail mail = QueuedMail.read(source);
      NextStep.GiveUp end = NextStep.tooLarge(mail);
      var nowhere = Dispatch.toNone(new RelayAnswer.BrokenOff());
      var failed =
          new DeliveryOutcome.Failed(
              mail.context(DeliveryOutcome.Failed.TYPE, now),
              new OutcomeWriter.Occasion(nowhere, now, now, false).attempt(end),
              end.category(),
              end.reason(),
              end.failed());
      var letter =
          DeadLetterRecords.letter(
              source, end.category(), end.reason(), mail.attempt(), end.failed());
      // Bytes that can be sent again are worth more than words. A record can be sent only once, so
      // each form has its own.
      return letters(letter, source)
          .flatMap(
              last -> outcomes(failed).map(outcome -> List.of(last.get(), outcome(mail, outcome))))
          .toList();
    } catch (UnreadableRecordException e) {
      var letter = DeadLetterRecords.poison(source, Objects.toString(e.getMessage()));
      return letters(letter, source).map(last -> List.of(last.get())).toList();
    }
  }

  private static Stream<Supplier<ProducerRecord<byte[], byte[]>>> letters(
      DeadLetter letter, ConsumerRecord<byte[], byte[]> source) {
    return Stream.of(
        () -> DeadLetterRecords.record(letter, source),
        () -> Shortened.record(letter, source),
        () -> Shortened.recordWithoutRecipients(letter, source));
  }

  private static Stream<DeliveryOutcome> outcomes(DeliveryOutcome failed) {
    return Stream.of(failed, Shortened.withoutResults(failed), Shortened.withoutRecipients(failed));
  }

  private static ProducerRecord<byte[], byte[]> outcome(QueuedMail mail, DeliveryOutcome outcome) {
    return new ProducerRecord<>(
        Topics.OUTCOMES,
        null,
        mail.request().messageId().toString().getBytes(UTF_8),
        EventJson.write(outcome),
        Shortened.headers(mail.source().headers()).toKafka());
  }
}
