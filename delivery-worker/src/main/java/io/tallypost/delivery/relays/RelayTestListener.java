package io.tallypost.delivery.relays;

import io.tallypost.delivery.compose.MimeComposer;
import io.tallypost.delivery.smtp.RelayProbe;
import io.tallypost.delivery.smtp.RelayProbe.TestMail;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.MessageId;
import io.tallypost.kit.relays.KeyRing.CannotOpenException;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.RelayTestRequested;
import io.tallypost.relays.RelayTested;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import jakarta.mail.MessagingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.SSLSocketFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tests a relay for each record in which an operator asks for it, and tells the intake instance
 * where the operator waits.
 */
public final class RelayTestListener {
  private static final Logger log = LoggerFactory.getLogger(RelayTestListener.class);

  /** What the result needs to reach the operator who waits for it. */
  private static final Duration WAY_BACK = Duration.ofSeconds(2);

  private final RelayFactory relays;
  private final SSLSocketFactory tls;
  private final String worker;
  private final InstantSource clock;
  private final Producer<byte[], byte[]> producer;
  private final MimeComposer composer = new MimeComposer();

  RelayTestListener(
      RelayFactory relays,
      SSLSocketFactory tls,
      String worker,
      InstantSource clock,
      Producer<byte[], byte[]> producer) {
    this.relays = relays;
    this.tls = tls;
    this.worker = worker;
    this.clock = clock;
    this.producer = producer;
  }

  /** Takes as long as the test, on any thread. What fails unexpectedly is logged, not thrown. */
  public void on(ConsumerRecord<byte[], byte[]> record) {
    try {
      var test = EventJson.read(record.value(), RelayTestRequested.class);
      // Nobody waits for the result of a test that is over its time.
      if (clock.instant().isBefore(test.expiresAt())) {
        answer(record, test(test));
      }
    } catch (UnreadableRecordException e) {
      log.atWarn()
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable relay test skipped: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("relay test failed unexpectedly");
    }
  }

  private void answer(ConsumerRecord<byte[], byte[]> asked, RelayTested result) {
    var headers = RecordHeaders.copyOf(asked.headers()).toKafka();
    var answer =
        new ProducerRecord<>(
            Topics.RELAY_TEST_RESULTS, null, asked.key(), EventJson.write(result), headers);
    // The operator who waits for it asks again.
    var _ =
        producer.send(
            answer,
            (_, failure) -> {
              if (failure != null) {
                log.atWarn().setCause(failure).log("result of a relay test not written");
              }
            });
  }

  /** As long as somebody waits for the result. */
  private RelayTested test(RelayTestRequested test) {
    List<Step> steps = new ArrayList<>();
    RelayState relay = test.relay();
    try {
      RelaySettings connection = relays.connection(relay);
      if (relay.password() != null) {
        steps.add(new Step(StepName.PASSWORD, true, null, 0));
      }
      steps.addAll(
          new RelayProbe(connection, tls, relays.lookup()).run(mail(test), patience(test)));
    } catch (CannotOpenException e) {
      steps.add(new Step(StepName.PASSWORD, false, e.getMessage(), 0));
    } catch (MessagingException | IllegalArgumentException e) {
      steps.add(new Step(StepName.MAIL, false, "the mail cannot be composed", 0));
    }
    return new RelayTested(RelayTested.SHAPE, test.id(), steps, worker);
  }

  private Duration patience(RelayTestRequested test) {
    return Duration.between(clock.instant(), test.expiresAt()).minus(WAY_BACK);
  }

  private Optional<TestMail> mail(RelayTestRequested test) throws MessagingException {
    EmailAddress from = test.from();
    EmailAddress to = test.to();
    if (from == null || to == null) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    String text =
        "This mail shows that Tallypost can send through the relay " + test.relay().name();
    var mail =
        new Mail(
            Mailbox.of(from),
            List.of(Mailbox.of(to)),
            List.of(),
            List.of(),
            List.of(),
            "Tallypost relay test",
            text + ".\n",
            null,
            new TreeMap<>());
    byte[] message =
        composer.compose(mail, MessageId.next(now).internetMessageId(from), now, Optional.empty());
    return Optional.of(new TestMail(new Envelope(from, List.of(to)), message));
  }
}
