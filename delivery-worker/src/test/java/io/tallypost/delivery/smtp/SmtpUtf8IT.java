package io.tallypost.delivery.smtp;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.RelayProbe.TestMail;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.EmailAddress;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses outside ASCII (RFC 6531). */
@Timeout(30)
class SmtpUtf8IT extends RelayConversations {

  @Test
  void sendsAddressesOutsideAsciiWhereTheRelayTakesThem() {
    SmtpSink sink = sink();
    var grete = utf8("grüße@example.org");

    AttemptResult attemptResult = send(relay(sink), new Envelope(ALICE, List.of(grete)));

    assertThat(statuses(attemptResult)).containsExactly(DELIVERED);
    ReceivedMail mail = sink.inbox().mails().getFirst();
    assertThat(mail.recipients()).containsExactly(grete.value());
    assertThat(mail.transaction().parameters()).contains("SMTPUTF8", "BODY=8BITMIME");
  }

  @Test
  void sendsToTheOthersAloneWhereNoRelayTakesAddressesOutsideAscii() {
    SmtpSink sink = sink(SinkSettings.defaults().withCapabilities("PIPELINING"));
    SmtpRelay relay = relay(sink);
    var mail = new FixedMail(new Envelope(ALICE, List.of(BOB, utf8("grüße@example.org"))), MESSAGE);

    RelayAnswer first = handle(relay, mail, TERMS, new SendGuard());
    RelayAnswer last = handle(relay, mail, TERMS.settlingForAscii(), new SendGuard());

    assertThat(first)
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(made.attemptResult().mayGoElsewhere()).isTrue());
    assertThat(last)
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> {
              assertThat(statuses(made.attemptResult())).containsExactly(DELIVERED, FAILED);
              assertThat(made.attemptResult().results().getLast().error()).startsWith("5.6.7");
            });
    assertThat(sink.inbox().mails()).hasSize(1);
  }

  @Test
  void sendsNoHeaderOutsideAsciiWhereNoRelayTakesIt() {
    SmtpSink sink = sink(SinkSettings.defaults().withCapabilities("PIPELINING"));
    var mail = new FixedMail(TO_BOB, MESSAGE, true);

    assertThat(handle(relay(sink), mail, TERMS.settlingForAscii(), new SendGuard()))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> {
              assertThat(statuses(made.attemptResult())).containsExactly(FAILED);
              assertThat(made.attemptResult().results().getLast().error()).startsWith("5.6.9");
            });
    assertThat(sink.inbox().mails()).isEmpty();
  }

  /** Hosts behind one name need not be alike: what one has offered, the next one has not. */
  @Test
  void sendsNothingOutsideAsciiOnALaterConnectionThatDoesNotOfferIt() {
    SmtpSink sink = sink();
    var greetings = new AtomicInteger();
    var mails = new AtomicInteger();
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.Hello _ when greetings.incrementAndGet() > 1 ->
              SmtpAnswer.reply(250, "another.example", "PIPELINING");
          case SmtpStage.MailFrom _ when mails.incrementAndGet() == 2 -> SmtpAnswer.close();
          default -> SmtpAnswer.accept();
        });
    SmtpRelay relay = relay(sink);
    var toGrete = new Envelope(ALICE, List.of(utf8("grüße@example.org")));

    AttemptResult first = send(relay, toGrete);
    AttemptResult second = send(relay, toGrete);

    assertThat(statuses(first)).containsExactly(DELIVERED);
    assertThat(statuses(second)).containsExactly(DEFERRED);
    assertThat(second.mayGoElsewhere()).isTrue();
    assertThat(greetings).hasValue(2);
    assertThat(mails).hasValue(2);
  }

  @Test
  void triesARelayWithNoAddressThatItDoesNotTake() {
    SmtpSink sink = sink(SinkSettings.defaults().withCapabilities("PIPELINING"));
    var probe = new RelayProbe(settings(sink), JVM_TRUST, HostLookup.ANYWHERE);
    var toGrete = new Envelope(ALICE, List.of(utf8("grüße@example.org")));

    List<Step> steps =
        probe.run(Optional.of(new TestMail(toGrete, MESSAGE)), Duration.ofSeconds(20));

    Step last = steps.getLast();
    assertThat(last.name()).isEqualTo(StepName.MAIL);
    assertThat(last.ok()).isFalse();
    assertThat(last.detail()).contains("SMTPUTF8");
    assertThat(sink.inbox().mails()).isEmpty();
  }

  private static EmailAddress utf8(String address) {
    return new EmailAddress(address);
  }
}
