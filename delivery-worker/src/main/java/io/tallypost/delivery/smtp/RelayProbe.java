package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.AddressOrder;
import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpSession;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.delivery.smtp.session.Stopwatch;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayTested.Step;
import io.tallypost.relays.RelayTested.StepName;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Tests a relay step by step, with the network, trust and client of a real send, on a connection of
 * its own.
 */
public final class RelayProbe {
  private final RelaySettings relay;
  private final SSLSocketFactory tls;
  private final HostLookup lookup;
  private final List<Step> steps = new ArrayList<>();

  /** Prepares; {@link #run} connects. */
  public RelayProbe(RelaySettings relay, SSLSocketFactory tls, HostLookup lookup) {
    this.relay = relay;
    this.tls = tls;
    this.lookup = lookup;
  }

  /** A mail for the test. It is handed on unchanged, never compared. */
  @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
  public record TestMail(Envelope envelope, byte[] message) {}

  /**
   * Tests the relay.
   *
   * @param mail what to send; empty only connects and logs in
   * @param patience how long somebody waits for the result; longer waits of a real send end there
   * @return the steps made, in order; the last one failed or all went well
   */
  public List<Step> run(Optional<TestMail> mail, Duration patience) {
    var guard = new SendGuard();
    guard.life(patience);
    if (!resolve(guard)) {
      return steps;
    }
    var session = new SmtpSession(relay, tls, lookup, new AddressOrder());
    try {
      Conversation failed = session.open(guard);
      opened(session.stopwatch(), failed);
      if (failed == null) {
        mail.ifPresent(one -> send(session, one, guard));
      }
      return steps;
    } finally {
      guard.release();
      session.quit();
    }
  }

  private boolean resolve(SendGuard guard) {
    long began = System.nanoTime();
    guard.step(relay.timeouts().connectAll());
    try {
      String addresses =
          lookup.find(relay.host(), relay.port(), guard).stream()
              .map(InetAddress::getHostAddress)
              .collect(Collectors.joining(", "));
      steps.add(new Step(StepName.RESOLVE, true, addresses, millisSince(began)));
      return true;
    } catch (HostLookup.ForbiddenException e) {
      steps.add(new Step(StepName.RESOLVE, false, e.getMessage(), millisSince(began)));
    } catch (IOException e) {
      String why = guard.hasExpired() ? "no answer from the name server in time" : "no such host";
      steps.add(new Step(StepName.RESOLVE, false, why, millisSince(began)));
    } finally {
      guard.release();
    }
    return false;
  }

  /** Reports what went well before the failure, if there is one, and what failed. */
  private void opened(Stopwatch times, @Nullable Conversation failed) {
    StepName culprit = failed == null ? null : culprit(failed);
    for (StepName name : expected()) {
      long millis = times.millis(stage(name));
      if (name == culprit) {
        steps.add(new Step(name, false, detail(Objects.requireNonNull(failed)), millis));
        return;
      }
      steps.add(new Step(name, true, null, millis));
    }
  }

  private List<StepName> expected() {
    List<StepName> expected = new ArrayList<>(List.of(StepName.CONNECT));
    if (relay.security() != RelaySecurity.NONE) {
      expected.add(StepName.TLS);
    }
    if (relay.hasLogin()) {
      expected.add(StepName.AUTH);
    }
    return expected;
  }

  private void send(SmtpSession session, TestMail mail, SendGuard guard) {
    long began = System.nanoTime();
    Conversation conversation = session.converse(mail.envelope(), mail.message(), false, guard);
    List<EmailAddress> recipients = mail.envelope().recipients();
    boolean delivered =
        ReplyClassifier.classify(conversation, recipients).results().stream()
            .allMatch(result -> result.status() == RecipientResult.Status.DELIVERED);
    steps.add(new Step(StepName.MAIL, delivered, detail(conversation), millisSince(began)));
  }

  private static StepName culprit(Conversation failed) {
    Conversation.Failure failure = failed.failure();
    // Greeted, but STARTTLS was not offered.
    boolean noOffer = failure != null && failure.misconfigured();
    return switch (failed.stage()) {
      case GREETING -> noOffer ? StepName.TLS : StepName.CONNECT;
      case CONNECT -> StepName.CONNECT;
      case TLS -> StepName.TLS;
      case AUTH -> StepName.AUTH;
      case MAIL, RCPT, DATA, DOT -> StepName.MAIL;
    };
  }

  private static SmtpStage stage(StepName step) {
    return switch (step) {
      case TLS -> SmtpStage.TLS;
      case AUTH -> SmtpStage.AUTH;
      case PASSWORD, RESOLVE, CONNECT, MAIL -> SmtpStage.CONNECT;
    };
  }

  private static String detail(Conversation conversation) {
    Conversation.Failure failure = conversation.failure();
    if (failure != null) {
      return failure.text();
    }
    return Stream.concat(
            conversation.recipientReplies().values().stream().filter(reply -> reply.code() >= 400),
            Optional.ofNullable(conversation.reply()).stream())
        .map(RelayProbe::text)
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static String text(SmtpReply reply) {
    String enhanced = reply.enhancedCode() == null ? "" : reply.enhancedCode() + " ";
    return "%d %s%s".formatted(reply.code(), enhanced, reply.text()).strip();
  }

  private static long millisSince(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }
}
