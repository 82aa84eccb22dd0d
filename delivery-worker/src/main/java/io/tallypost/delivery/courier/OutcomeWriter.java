package io.tallypost.delivery.courier;

import io.micrometer.tracing.Span;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.tracing.TracedRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes down the results of attempts: the outcome, with the retry or the dead letter. */
final class OutcomeWriter {
  private static final Logger log = LoggerFactory.getLogger(OutcomeWriter.class);

  private final OutcomeRecords records;
  private final OutcomePublisher publisher;
  private final DeliveryMetrics metrics;

  OutcomeWriter(OutcomeRecords records, OutcomePublisher publisher, DeliveryMetrics metrics) {
    this.records = records;
    this.publisher = publisher;
    this.metrics = metrics;
  }

  /**
   * When and where an attempt ended.
   *
   * @param inDoubt whether the relay may have the mail nevertheless
   */
  record Occasion(Dispatch dispatch, Instant began, Instant ended, boolean inDoubt) {
    DeliveryOutcome.Attempt attempt(NextStep nextStep) {
      long durationMs = Duration.between(began, ended).toMillis();
      return new DeliveryOutcome.Attempt(
          dispatch.relay(), nextStep.results(), durationMs, inDoubt, dispatch.costPerRecipient());
    }
  }

  /** Counts a mail that is put off without using up an attempt. */
  void parked(RelayAnswer.Reason reason, String relay) {
    metrics.parked(reason, relay);
  }

  /** A record that is not a mail goes to the dead letters. */
  void unreadable(ConsumerRecord<byte[], byte[]> record, String why, Span span)
      throws InterruptedException {
    var letter = DeadLetterRecords.poison(record, why);
    publish(List.of(records.deadLetter(record, letter, span)));
    metrics.unreadable();
    log.atWarn()
        .addKeyValue("topic", record.topic())
        .addKeyValue("partition", record.partition())
        .addKeyValue("offset", record.offset())
        .log("unreadable record dead-lettered: {}", letter.reason());
  }

  /**
   * Ends a mail that cannot be worked on. If even that fails for what the record says, only the
   * record itself goes to the dead letters.
   *
   * @param maybeSent whether a relay may have it
   */
  void gaveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent, Instant now, Span span)
      throws InterruptedException {
    try {
      QueuedMail mail = QueuedMail.read(record);
      var end = NextStep.unexpected(mail, maybeSent);
      var nowhere = Dispatch.toNone(new RelayAnswer.BrokenOff());
      write(mail, end, new Occasion(nowhere, now, now, maybeSent), span);
    } catch (UnreadableRecordException | RuntimeException e) {
      log.atError().setCause(e).log("mail cannot be ended as one");
      unreadable(record, "internal failure at each attempt", span);
    }
  }

  /**
   * Writes the results; when it returns, the brokers have them.
   *
   * @throws InterruptedException if the thread is to end; some may have been written
   */
  void write(QueuedMail mail, NextStep nextStep, Occasion occasion, Span span)
      throws InterruptedException {
    if (occasion.inDoubt()) {
      metrics.inDoubt(occasion.dispatch().relay());
    }
    DeliveryOutcome.Attempt attempt = occasion.attempt(nextStep);
    switch (nextStep) {
      case NextStep.Done _ -> delivered(mail, attempt, occasion.ended(), span);
      case NextStep.TryAgain again -> {
        if (!deferred(mail, again, attempt, occasion, span)) {
          var end = NextStep.tooLarge(again);
          failed(mail, end, occasion.attempt(end), occasion.ended(), span);
        }
      }
      case NextStep.GiveUp end -> failed(mail, end, attempt, occasion.ended(), span);
    }
    metrics.cost(mail.request().context(), attempt);
  }

  /** Writes records that have a form short enough for any topic. */
  private void publish(List<Publishable> following) throws InterruptedException {
    Set<String> tooSmall = publishWhatFits(following);
    if (!tooSmall.isEmpty()) {
      throw new IllegalStateException("not even the shortest form fits into " + tooSmall);
    }
  }

  /**
   * Writes records, each in the longest form that the brokers take.
   *
   * @return the topics of those that are too large in each of their forms
   */
  private Set<String> publishWhatFits(List<Publishable> following) throws InterruptedException {
    List<TracedRecord> written = following.stream().map(Publishable::record).toList();
    List<ProducerRecord<byte[], byte[]>> tooLarge;
    try {
      tooLarge = publisher.publish(TracedRecord.records(written));
    } finally {
      TracedRecord.end(written);
    }
    Set<String> tooSmall = new HashSet<>();
    for (int i = 0; i < written.size(); i++) {
      var record = written.get(i).record();
      if (tooLarge.contains(record)) {
        Optional<Publishable> shorter = following.get(i).shorter();
        tooSmall.addAll(
            shorter.isPresent() ? publishWhatFits(List.of(shorter.get())) : Set.of(record.topic()));
      }
    }
    return tooSmall;
  }

  private void delivered(QueuedMail mail, DeliveryOutcome.Attempt attempt, Instant now, Span span)
      throws InterruptedException {
    var context = mail.context(DeliveryOutcome.Delivered.TYPE, now);
    var delivered = new DeliveryOutcome.Delivered(context, attempt);
    publish(List.of(records.outcome(mail, delivered, span)));
    metrics.delivered(context, attempt.relay(), now);
    report(Level.INFO, mail, attempt, "mail delivered");
  }

  /** Returns false if the mail is too large for its retry topic. */
  private boolean deferred(
      QueuedMail mail,
      NextStep.TryAgain again,
      DeliveryOutcome.Attempt attempt,
      Occasion occasion,
      Span span)
      throws InterruptedException {
    if (!again.isReported()) {
      Set<String> tooSmall =
          publishWhatFits(List.of(records.retry(mail, again, occasion.began(), span)));
      report(Level.DEBUG, mail, attempt, "mail still parked");
      return tooSmall.isEmpty();
    }
    String type = DeliveryOutcome.Deferred.TYPE;
    var context =
        again.counted()
            ? mail.context(type, occasion.ended())
            : mail.parkingContext(type, occasion.ended());
    var deferred =
        new DeliveryOutcome.Deferred(
            context, attempt, again.stay().backAt(), again.reason(), again.counted());
    Set<String> tooSmall =
        publishWhatFits(
            List.of(
                records.retry(mail, again, occasion.began(), span),
                records.outcome(mail, deferred, span)));
    if (tooSmall.contains(again.stay().topic())) {
      return false;
    }
    if (again.counted()) {
      metrics.deferred(context, attempt.relay());
    }
    report(Level.WARN, mail, attempt, again.counted() ? "mail deferred" : "mail parked");
    return true;
  }

  private void failed(
      QueuedMail mail, NextStep.GiveUp end, DeliveryOutcome.Attempt attempt, Instant now, Span span)
      throws InterruptedException {
    var context = mail.context(DeliveryOutcome.Failed.TYPE, now);
    var failed =
        new DeliveryOutcome.Failed(context, attempt, end.category(), end.reason(), end.failed());
    var letter =
        DeadLetterRecords.letter(
            mail.source(), end.category(), end.reason(), mail.attempt(), end.failed());
    publish(
        List.of(
            records.deadLetter(mail.source(), letter, span), records.outcome(mail, failed, span)));
    metrics.failed(end.category(), context, attempt.relay());
    report(Level.ERROR, mail, attempt, "mail failed");
  }

  /** The message's own keys are in all log lines of its attempt. */
  private static void report(
      Level level, QueuedMail mail, DeliveryOutcome.Attempt attempt, String event) {
    log.atLevel(level)
        .addKeyValue("relay", attempt.relay())
        .addKeyValue("attempt", mail.attempt())
        .addKeyValue("duration_ms", attempt.durationMs())
        .log(event);
  }
}
