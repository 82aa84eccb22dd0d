package io.tallypost.delivery.courier;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.trace.StatusCode;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.RetrySchedule;
import io.tallypost.delivery.compose.MimeComposer;
import io.tallypost.delivery.relays.RelayDirectory;
import io.tallypost.delivery.relays.Route;
import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.mail.SmtpReply;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Makes one attempt for one message, and writes its result before it returns. */
public final class Courier {
  private final RelayDirectory relays;
  private final MimeComposer composer;
  private final RetrySchedule schedule;
  private final boolean traceHeader;
  private final OutcomeWriter outcomes;
  private final RecordTracing tracing;
  private final Tracer tracer;
  private final InstantSource clock;

  Courier(
      RelayDirectory relays,
      DeliverySettings settings,
      OutcomeWriter outcomes,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    this.relays = relays;
    this.composer = new MimeComposer();
    this.schedule = settings.retry().schedule();
    this.traceHeader = settings.traceHeader();
    this.outcomes = outcomes;
    this.tracing = tracing;
    this.tracer = tracer;
    this.clock = clock;
  }

  /**
   * Parks a mail that has no place, without asking a relay. Returns when the brokers have
   * acknowledged it.
   *
   * @throws InterruptedException if the thread is to end; the message is unfinished
   */
  public void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
    var finished = deliver(record, new SendGuard(), false);
    if (!finished) {
      throw new IllegalStateException("nobody could have broken it off");
    }
  }

  /**
   * Makes an attempt. If it returns true, the brokers have acknowledged the result.
   *
   * @param guard can end the attempt early
   * @return false if it was broken off, as if it had never begun
   * @throws InterruptedException if the thread is to end; the message is unfinished
   */
  public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
      throws InterruptedException {
    return deliver(record, guard, true);
  }

  /**
   * Ends a mail whose attempts fail for a reason that nobody foresaw, without asking a relay.
   * Returns when the brokers have acknowledged it.
   *
   * @param maybeSent whether a relay may have it
   * @throws InterruptedException if the thread is to end; the message is unfinished
   */
  public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent)
      throws InterruptedException {
    Span span = tracing.consume("mail give up", record);
    try (var _ = tracer.withSpan(span)) {
      outcomes.gaveUp(record, maybeSent, clock.instant(), span);
    } finally {
      span.end();
    }
  }

  private boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard, boolean hasPlace)
      throws InterruptedException {
    Span span = tracing.consume("mail deliver", record);
    try (var _ = tracer.withSpan(span)) {
      QueuedMail mail = QueuedMail.read(record);
      RecordTracing.message(span, mail.request().messageId());
      try (var _ = MessageLog.of(mail.request().context(), record.headers())) {
        return deliver(mail, span, guard, hasPlace);
      }
    } catch (UnreadableRecordException e) {
      outcomes.unreadable(record, Objects.toString(e.getMessage()), span);
      return true;
    } catch (RuntimeException e) {
      span.error(e);
      throw e;
    } finally {
      span.end();
    }
  }

  private boolean deliver(QueuedMail mail, Span parent, SendGuard guard, boolean hasPlace)
      throws InterruptedException {
    Instant began = clock.instant();
    Span span = sendingSpan(parent, mail);
    try (var _ = tracer.withSpan(span)) {
      Dispatch dispatch =
          switch (relays.route(mail.request(), mail.relay())) {
            case Route.Ended() ->
                Dispatch.toNone(
                    new RelayAnswer.Made(AttemptResult.tenantDeleted(mail.recipients())));
            case Route.Via via when !hasPlace ->
                Dispatch.putOff(via.relays().getFirst(), terms(mail));
            case Route.Via via -> send(mail, via.relays(), span, guard);
            case Route.Blocked blocked ->
                Dispatch.toNone(new RelayAnswer.NotNow(blocked.reason(), null));
          };
      span.tag("tallypost.relay", dispatch.relay());
      return conclude(mail, dispatch, began, span);
    } finally {
      span.end();
    }
  }

  private Dispatch send(QueuedMail mail, List<Relay> candidates, Span span, SendGuard guard)
      throws InterruptedException {
    var outgoing =
        new ComposedMail(
            mail,
            composer,
            Optional.of(span.context().traceId()).filter(_ -> traceHeader),
            () -> relays.lets(mail.request().context().tenant()));
    return Dispatch.to(candidates, outgoing, terms(mail), guard);
  }

  private Relay.Terms terms(QueuedMail mail) {
    var context = mail.request().context();
    boolean lastChance = !mail.wasTried() && schedule.isOver(clock.instant(), ageFrom(mail));
    return new Relay.Terms(mail.attempt(), context.tenant(), context.lane(), lastChance, false);
  }

  private boolean conclude(QueuedMail mail, Dispatch dispatch, Instant began, Span span)
      throws InterruptedException {
    Instant now = clock.instant();
    double chance = ThreadLocalRandom.current().nextDouble();
    switch (dispatch.relayAnswer()) {
      case RelayAnswer.BrokenOff() -> {
        span.event("broken off");
        return false;
      }
      case RelayAnswer.Made(AttemptResult attemptResult) -> {
        tagReply(span, attemptResult);
        var nextStep = NextStep.of(mail, attemptResult, schedule, ageFrom(mail), now, chance);
        if (attemptResult.fault() == AttemptResult.Fault.RELAY_MISCONFIGURED) {
          outcomes.parked(RelayAnswer.Reason.MISCONFIGURED, dispatch.relay());
        } else if (attemptResult.fault() == AttemptResult.Fault.HANDED_OVER) {
          outcomes.parked(RelayAnswer.Reason.HANDED_OVER, dispatch.relay());
        }
        boolean inDoubt = attemptResult.fault() == AttemptResult.Fault.IN_DOUBT;
        outcomes.write(
            mail, nextStep, new OutcomeWriter.Occasion(dispatch, began, now, inDoubt), span);
      }
      case RelayAnswer.NotNow notNow -> {
        span.tag("tallypost.parked", notNow.reason().name().toLowerCase(Locale.ROOT));
        var nextStep = NextStep.of(mail, notNow, schedule, ageFrom(mail), now, chance);
        outcomes.parked(notNow.reason(), dispatch.relay());
        outcomes.write(
            mail, nextStep, new OutcomeWriter.Occasion(dispatch, began, now, false), span);
      }
    }
    return true;
  }

  /** Neither a hold nor a disabled tenant makes a mail older. */
  private Instant ageFrom(QueuedMail mail) {
    return relays
        .releasedAt(mail.request().context().tenant())
        .filter(released -> released.isAfter(mail.ageFrom()))
        .orElse(mail.ageFrom());
  }

  private Span sendingSpan(Span parent, QueuedMail mail) {
    return tracer
        .spanBuilder()
        .setParent(parent.context())
        .name("smtp send")
        .kind(Span.Kind.CLIENT)
        .tag("network.protocol.name", "smtp")
        .tag("tallypost.attempt", mail.attempt())
        .tag("tallypost.recipient_count", mail.recipients().size())
        .start();
  }

  private static void tagReply(Span span, AttemptResult attemptResult) {
    int worst =
        attemptResult.results().stream()
            .map(RecipientResult::reply)
            .filter(Objects::nonNull)
            .mapToInt(SmtpReply::code)
            .max()
            .orElse(0);
    if (worst > 0) {
      span.tag("tallypost.smtp.reply_code", worst);
    }
    String fault = attemptResult.fault().name().toLowerCase(Locale.ROOT);
    span.tag("tallypost.fault", fault);
    if (worst >= 400 || attemptResult.fault() != AttemptResult.Fault.NONE) {
      span.tag("error.type", worst >= 400 ? Integer.toString(worst) : fault);
      io.opentelemetry.api.trace.Span.current().setStatus(StatusCode.ERROR);
    }
  }
}
