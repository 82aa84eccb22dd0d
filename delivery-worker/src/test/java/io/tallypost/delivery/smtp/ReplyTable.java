package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.FAILED;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The stages of a conversation, the kinds of replies to each, and what a relay may do behind it.
 */
abstract class ReplyTable extends RelayConversations {
  static final SinkSettings PIPELINING = SinkSettings.defaults();
  static final SinkSettings ONE_BY_ONE =
      SinkSettings.defaults().withCapabilities("SIZE 1000000", "8BITMIME");

  static final Map<At, List<SmtpSink>> SINKS = new EnumMap<>(At.class);
  static SSLContext certificate;

  @BeforeAll
  static void openSinks(@TempDir Path folder) {
    certificate = Certificates.selfSigned(folder, "ip:127.0.0.1");
    for (At at : At.values()) {
      SINKS.put(at, kinds(at).stream().map(SmtpSink::start).toList());
    }
  }

  @AfterAll
  static void closeSinks() {
    SINKS.values().forEach(sinks -> sinks.forEach(SmtpSink::close));
  }

  /** The kinds of relays at which a stage is looked at. */
  static List<SinkSettings> kinds(At at) {
    return switch (at) {
      case STARTTLS -> List.of(PIPELINING.withStartTls(certificate));
      case AUTH -> List.of(PIPELINING.withUser("user", "secret"));
      default -> List.of(PIPELINING, ONE_BY_ONE);
    };
  }

  static List<SmtpSink> sinks(At at) {
    return SINKS.getOrDefault(at, List.of());
  }

  enum At {
    GREETING(SmtpStage.Banner.class, 220),
    EHLO(SmtpStage.Hello.class, 250),
    STARTTLS(SmtpStage.StartTls.class, 220),
    AUTH(SmtpStage.Auth.class, 235),
    MAIL(SmtpStage.MailFrom.class, 250),
    RCPT(SmtpStage.Recipient.class, 250),
    DATA(SmtpStage.Data.class, 354),
    DOT(SmtpStage.FinalDot.class, 250);

    final Class<? extends SmtpStage> stage;
    private final int usual;

    At(Class<? extends SmtpStage> stage, int usual) {
      this.stage = stage;
      this.usual = usual;
    }

    /** Before it the relay knows nothing of the mail. */
    boolean opens() {
      return compareTo(MAIL) < 0;
    }

    boolean goesOn(int code) {
      return code / 100 == usual / 100;
    }

    /** Short waits for what follows, and none that its own answer needs, if that can be. */
    List<String> shortWaitsBehind() {
      return switch (this) {
        case GREETING, STARTTLS -> List.of("timeouts.open=1s");
        case EHLO -> List.of("timeouts.open=1s", "timeouts.command=1s");
        case AUTH -> List.of("timeouts.command=1s");
        case MAIL -> List.of("timeouts.command=2s");
        case RCPT -> List.of("timeouts.data=1s");
        case DATA -> List.of("timeouts.dot=1s");
        case DOT -> List.of();
      };
    }
  }

  enum Then {
    GOES_ON,
    CLOSES,
    HALF_CLOSES,
    CLOSES_UNREAD,
    RESETS,
    SAYS_YES_ONCE_MORE,
    SAYS_NO_BESIDES,
    SILENT;

    /** What the relay does at once. */
    static final List<Then> SOON = Stream.of(values()).filter(then -> then != SILENT).toList();

    SmtpAnswer after(SmtpAnswer answer) {
      return switch (this) {
        case GOES_ON -> answer;
        case CLOSES -> answer.thenClose();
        case HALF_CLOSES -> answer.thenHalfClose();
        case CLOSES_UNREAD -> answer.thenCloseUnread();
        case RESETS -> answer.thenReset();
        case SAYS_YES_ONCE_MORE -> answer.followedBy(SmtpAnswer.reply(250, "2.0.0 yes"));
        case SAYS_NO_BESIDES -> answer.followedBy(SmtpAnswer.reply(451, "4.4.2 idle").thenClose());
        case SILENT -> answer.followedBy(SmtpAnswer.mute());
      };
    }
  }

  /** Of all codes those that mean something of their own, and one or two for the others. */
  static final List<Integer> CODES =
      List.of(250, 251, 299, 354, 421, 450, 451, 452, 499, 500, 530, 535, 550, 552, 554, 700);

  /** Before the mail only 421 and a refused login mean more than their first digit. */
  static final List<Integer> OPENING_CODES = List.of(250, 299, 354, 421, 451, 500, 535, 550, 700);

  static List<Integer> codes(At at) {
    return at.opens() ? OPENING_CODES : CODES;
  }

  SmtpRelay relay(At at, SmtpSink sink, List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    switch (at) {
      case STARTTLS -> all.add("security=starttls");
      case AUTH -> all.addAll(List.of("user=user", "password=secret"));
      default -> {}
    }
    return relay(sink, certificate.getSocketFactory(), all.toArray(String[]::new));
  }

  static Status status(At at, int code) {
    if (at.opens()) {
      return DEFERRED;
    }
    boolean forOneGo = at == At.RCPT && (code == 552);
    boolean aboutUs = code == 530 || code == 535;
    return code / 100 == 5 && !forOneGo && !aboutUs ? FAILED : DEFERRED;
  }

  static Fault fault(At at, int code) {
    if (code == 421) {
      return Fault.RELAY_TEMPORARY;
    }
    if (at.opens()) {
      boolean refused = at == At.AUTH && code / 100 == 5;
      return refused ? Fault.RELAY_MISCONFIGURED : Fault.RELAY_TEMPORARY;
    }
    if (code == 530 || code == 535) {
      return Fault.RELAY_MISCONFIGURED;
    }
    if (at == At.RCPT) {
      return Fault.NONE;
    }
    return code / 100 == 5 ? Fault.MESSAGE_PERMANENT : Fault.MESSAGE_TEMPORARY;
  }
}
