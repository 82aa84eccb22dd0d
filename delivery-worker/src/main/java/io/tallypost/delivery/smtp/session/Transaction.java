package io.tallypost.delivery.smtp.session;

import static io.tallypost.delivery.smtp.session.SmtpSession.reached;

import io.tallypost.delivery.smtp.session.Conversation.Failure;
import io.tallypost.delivery.smtp.wire.ReplyReader;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.delivery.smtp.wire.SmtpTimeouts;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One mail transaction (RFC 5321, section 3.3): MAIL, RCPT for each recipient, DATA, the message
 * and its final dot. If the relay offers PIPELINING, commands go out in groups, and replies are
 * read in order (RFC 2920).
 */
final class Transaction {
  /**
   * The most octets sent without an answer: less than any TCP buffer, so that we and a relay that
   * stops reading while it cannot write never wait for each other (RFC 2920, section 3.1).
   */
  private static final int LONGEST_GROUP = 4096;

  private final SmtpConnection connection;
  private final Capabilities capabilities;
  private final SmtpTimeouts timeouts;
  private final SendGuard guard;
  private final Stopwatch stopwatch;

  private final Map<EmailAddress, SmtpReply> replies = new LinkedHashMap<>();
  private SmtpStage stage = SmtpStage.MAIL;
  private @Nullable SmtpReply lastRefusal;
  private int accepted;

  Transaction(
      SmtpConnection connection,
      Capabilities capabilities,
      SmtpTimeouts timeouts,
      SendGuard guard,
      Stopwatch stopwatch) {
    this.connection = connection;
    this.capabilities = capabilities;
    this.timeouts = timeouts;
    this.guard = guard;
    this.stopwatch = stopwatch;
  }

  /**
   * A command.
   *
   * @param recipient the recipient of a RCPT; null for other commands
   */
  private record Command(SmtpStage stage, String line, @Nullable EmailAddress recipient) {}

  /**
   * Runs it. Trouble is a result, not an exception.
   *
   * @param utf8Headers whether an address in the message's headers is not ASCII
   */
  Conversation run(Envelope envelope, byte[] message, boolean utf8Headers) {
    guard.watch(connection.tcp());
    guard.total(timeouts.beforeDot(envelope.recipients().size(), message.length), timeouts.stall());
    try {
      for (List<Command> group : groups(commands(envelope, message.length, utf8Headers))) {
        Conversation end = exchange(group);
        if (end != null) {
          return end;
        }
      }
      return handOver(message);
    } catch (IOException e) {
      stopwatch.lap(stage);
      return ConnectionFailures.conversation(stage, replies, e, guard);
    }
  }

  private List<Command> commands(Envelope envelope, int size, boolean utf8Headers) {
    var mail = new StringBuilder("MAIL FROM:<").append(envelope.from().value()).append('>');
    if (capabilities.size()) {
      mail.append(" SIZE=").append(size);
    }
    if (utf8Headers || envelope.needsSmtpUtf8()) {
      mail.append(capabilities.eightBitMime() ? " BODY=8BITMIME SMTPUTF8" : " SMTPUTF8");
    }
    List<Command> commands = new ArrayList<>();
    commands.add(new Command(SmtpStage.MAIL, mail.toString(), null));
    for (EmailAddress recipient : envelope.recipients()) {
      commands.add(new Command(SmtpStage.RCPT, "RCPT TO:<" + recipient.value() + ">", recipient));
    }
    commands.add(new Command(SmtpStage.DATA, "DATA", null));
    return commands;
  }

  private List<List<Command>> groups(List<Command> commands) {
    List<List<Command>> groups = new ArrayList<>();
    int octets = LONGEST_GROUP;
    for (Command command : commands) {
      // The most there can be: a character has up to three octets for each of its chars.
      int more = 3 * command.line().length() + 2;
      if (!capabilities.pipelining() || octets + more > LONGEST_GROUP) {
        groups.add(new ArrayList<>());
        octets = 0;
      }
      groups.getLast().add(command);
      octets += more;
    }
    return groups;
  }

  /**
   * Sends these commands and reads their answers.
   *
   * @return how the conversation ended; null if it goes on
   */
  private @Nullable Conversation exchange(List<Command> group) throws IOException {
    if (group.getFirst().stage() == SmtpStage.DATA && accepted == 0) {
      return nobodyAccepted(true);
    }
    if (connection.hasLeftovers()) {
      throw new IOException("the relay answered before it was asked");
    }
    for (Command command : group) {
      connection.writer().add(command.line());
    }
    for (int i = 0; i < group.size(); i++) {
      Command command = group.get(i);
      enter(command.stage());
      if (command.stage() == SmtpStage.DATA && accepted == 0) {
        return nobodyAccepted(drain(group.subList(i, group.size())));
      }
      step(command);
      ReplyReader.Read answer = i == 0 ? connection.sendAndRead() : connection.reader().read();
      Conversation end = heard(command, answer, group.subList(i + 1, group.size()));
      if (end != null) {
        return end;
      }
    }
    return null;
  }

  private @Nullable Conversation heard(
      Command command, ReplyReader.Read answer, List<Command> unanswered) throws IOException {
    boolean closing = answer.code() == 421;
    boolean whole = answer.broken() == null;
    switch (command.stage()) {
      case MAIL -> {
        reached("smtp.mail");
        if (!answer.isPositive()) {
          // Its answers to the commands after it are about this one, and no recipient's failure.
          return answered(answer.reply(), whole && !closing && drain(unanswered));
        }
      }
      case RCPT -> {
        if (closing) {
          return answered(answer.reply(), false);
        }
        if (command.recipient() != null) {
          replies.put(command.recipient(), answer.reply());
        }
        if (answer.isPositive()) {
          accepted++;
        } else {
          lastRefusal = answer.reply();
        }
      }
      default -> {
        reached("smtp.rcpt");
        if (answer.firstDigit() != 3) {
          // A relay that accepts without having seen the mail is out of step.
          return answered(answer.reply(), whole && !closing && !answer.isPositive());
        }
      }
    }
    IOException broken = answer.broken();
    if (broken != null) {
      throw broken;
    }
    return null;
  }

  /** Nobody has the mail, and each recipient knows why. */
  private Conversation nobodyAccepted(boolean reusable) {
    stage = SmtpStage.RCPT;
    SmtpReply refusal = lastRefusal;
    if (refusal == null) {
      throw new IllegalStateException("an envelope has at least one recipient");
    }
    return answered(refusal, reusable);
  }

  /**
   * Reads the answers that do not matter any more. A relay that waits for a message nevertheless
   * gets an empty one, which is for nobody (RFC 2920, section 3.1); if it would take it for
   * somebody, the connection ends instead.
   *
   * @return whether the connection is fit for another mail
   */
  private boolean drain(List<Command> unanswered) {
    boolean nobody = true;
    try {
      for (Command command : unanswered) {
        step(command);
        ReplyReader.Read answer = connection.reader().read();
        nobody &= command.stage() != SmtpStage.RCPT || !answer.isPositive();
        if (command.stage() == SmtpStage.DATA && answer.firstDigit() == 3) {
          if (!nobody) {
            return false;
          }
          connection.writer().dotAlone();
          answer = connection.reader().read();
        }
        if (answer.broken() != null || answer.code() == 421) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Conversation handOver(byte[] message) throws IOException {
    try {
      if (!connection.writer().message(message, this::mayWrite)) {
        return stopped();
      }
      reached("smtp.data");
      guard.step(timeouts.dot());
    } catch (IOException e) {
      // A relay that has refused the message may have closed the connection already. A 2xx cannot
      // be about a message whose end it has not received.
      SmtpReply refusal = connection.lastWords(e).reply();
      if (refusal.code() < 400) {
        throw e;
      }
      return answered(refusal, false);
    }
    ReplyReader.Read answer = connection.reader().read();
    guard.dotAnswered();
    reached("smtp.reply");
    return answered(answer.reply(), answer.broken() == null && answer.code() != 421);
  }

  private boolean mayWrite(boolean last) throws IOException {
    guard.step(timeouts.block());
    if (connection.hasLeftovers()) {
      return false;
    }
    if (last) {
      if (!guard.passDot()) {
        return false;
      }
      enter(SmtpStage.DOT);
    }
    return true;
  }

  /**
   * The message was not sent to its end: the send was broken off, or the relay answered too early.
   * An answer then must not be taken for the one to the dot.
   */
  private Conversation stopped() throws IOException {
    if (connection.hasLeftovers()) {
      SmtpReply early = connection.reader().read().reply();
      if (early.code() >= 400) {
        return answered(early, false);
      }
      stopwatch.lap(stage);
      return Conversation.failed(
          stage, replies, new Failure("the relay answered before the message's end", false));
    }
    stopwatch.lap(stage);
    return Conversation.failed(stage, replies, new Failure("broken off", false));
  }

  private void step(Command command) {
    guard.step(command.stage() == SmtpStage.DATA ? timeouts.data() : timeouts.command());
  }

  private void enter(SmtpStage next) {
    if (next != stage) {
      stopwatch.lap(stage);
      stage = next;
    }
  }

  private Conversation answered(SmtpReply reply, boolean reusable) {
    stopwatch.lap(stage);
    // Further output would be taken for the answer to the next mail.
    boolean quiet = reusable && !connection.hasLeftovers();
    return Conversation.answered(stage, replies, reply, quiet);
  }
}
