package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.EmailAddress;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are kept open from one mail to the next. */
@Timeout(60)
class KeptConnectionsIT extends RelayConversations {
  @Test
  void hasAConnectionForEachPlaceWhileAnIdleOneIsClosed() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink, "max-connections=1", "idle-timeout=40ms");
    for (int i = 1; i <= 50; i++) {
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
      // The moment matters: it is no longer kept, and not yet closed.
      while (relay.usage().idle() > 0) {
        Thread.onSpinWait();
      }
    }

    assertThat(relay.usage().active()).isZero();
    assertThat(sink.inbox().mails()).hasSize(50);
  }

  @Test
  void takesTheShortestIdleTimeout() {
    SmtpSink sink = sink();

    assertThat(send(relay(sink, "idle-timeout=1ms")).fault()).isEqualTo(Fault.NONE);
  }

  @Test
  void asksNoNewConnectionWhetherItIsStillThere() {
    now = Instant.parse("2026-11-29T12:00:00Z");
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Noop) {
        asked.incrementAndGet();
        return SmtpAnswer.reply(502, "5.5.1 what");
      }
      return SmtpAnswer.accept();
    });

    assertThat(send(relay(sink)).fault()).isEqualTo(Fault.NONE);

    assertThat(asked.get()).isZero();
    assertThat(sink.connections()).isEqualTo(1);
  }

  /** Another mail's hold is not this one's fault. */
  @Test
  void costsNoAttemptThatAConnectionEndedWhichNoMailUsed() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink);
    var held = new Held();
    assertThat(handle(relay, held, TERMS, new SendGuard()))
        .isInstanceOf(RelayAnswer.BrokenOff.class);
    assertThat(sink.connections()).isEqualTo(1);
    var ended = new AtomicInteger();
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom && ended.getAndIncrement() == 0
            ? SmtpAnswer.close()
            : SmtpAnswer.accept());

    assertThat(statuses(send(relay))).containsExactly(DELIVERED);

    assertThat(sink.connections()).isEqualTo(2);
  }

  /** What it says of its connection must not end the mail. */
  @ParameterizedTest
  @ValueSource(ints = {503, 530, 421})
  void sendsAgainWhatAConnectionAtItsEndRefusedThoughTheRelayIsSilentToWhatFollowed(int code) {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink, "timeouts.command=500ms", "timeouts.check=500ms");
    assertThat(statuses(send(relay))).containsExactly(DELIVERED);
    sink.follow(stage -> {
      if (sink.connections() > 1) {
        return SmtpAnswer.accept();
      }
      return stage instanceof SmtpStage.MailFrom
          ? SmtpAnswer.reply(code, "5.5.1 who are you")
          : SmtpAnswer.mute();
    });

    assertThat(statuses(send(relay))).containsExactly(DELIVERED);

    assertThat(sink.connections()).isEqualTo(2);
  }

  /** A frozen relay would have the place for twice as long. */
  @Test
  void opensNoOtherConnectionWhereOtherMailWaitsAndTheRelayKeepsSilent() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink, "timeouts.stall=300ms");
    assertThat(statuses(send(relay))).containsExactly(DELIVERED);
    sink.follow(stage -> SmtpAnswer.mute());

    assertThat(handle(relay, new FixedMail(TO_BOB, MESSAGE), TERMS, new SendGuard(() -> true)))
        .isEqualTo(new RelayAnswer.NotNow(RelayAnswer.Reason.STALLED, null));

    assertThat(sink.connections()).isEqualTo(1);
  }

  /** A mail that an operator holds while its connection is opened. */
  private static final class Held implements OutgoingMail {
    private int asked;

    @Override
    public Envelope envelope() {
      return TO_BOB;
    }

    @Override
    public byte[] message() {
      return MESSAGE;
    }

    @Override
    public boolean headerNeedsSmtpUtf8() {
      return false;
    }

    @Override
    public boolean mayGo() {
      return asked++ == 0;
    }
  }

  @Test
  void asksAnIdleConnectionOnceWhetherItIsStillThere() {
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      asked.addAndGet(stage instanceof SmtpStage.Noop ? 1 : 0);
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    send(relay);
    now = now.plusSeconds(11);

    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);

    assertThat(asked).hasValue(1);
    assertThat(sink.connections()).isEqualTo(1);
  }

  @Test
  void sendsNoAddressOutsideAsciiToAConnectionThatDoesNotTakeIt() {
    SmtpSink sink = sink();
    var hellos = new AtomicInteger();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Hello && hellos.incrementAndGet() > 1) {
        return SmtpAnswer.reply(250, "another.tallypost.test", "PIPELINING");
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    var umlaut = new Envelope(TO_BOB.from(), List.of(new EmailAddress("jürgen@example.org")));
    assertThat(send(relay, umlaut).fault()).isEqualTo(Fault.NONE);
    sink.hangUp();

    AttemptResult attemptResult = send(relay, umlaut);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.mayGoElsewhere()).isTrue();
    assertThat(send(relay, umlaut).fault()).isEqualTo(Fault.SMTPUTF8_NOT_OFFERED);
    assertThat(sink.inbox().mails()).hasSize(1);
  }
}
