package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.inbox.SmtpTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The state of one connection, for scripts. */
public final class SmtpSession {

  private final long number;
  private boolean greeted;
  private boolean pipelining;
  private boolean mayGoOn;
  private boolean early;
  private boolean tls;
  private int accepted;
  private @Nullable String user;
  private @Nullable String mailFrom;
  private List<String> parameters = List.of();
  private List<String> tried = new ArrayList<>();
  private List<String> recipients = new ArrayList<>();

  SmtpSession(long number, boolean tls) {
    this.number = number;
    this.tls = tls;
  }

  /** The number of this connection at its sink, from 1. */
  public long number() {
    return number;
  }

  public boolean tls() {
    return tls;
  }

  /** The authenticated user. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** How many messages this connection has had accepted. */
  public int accepted() {
    return accepted;
  }

  /** The sender of the message under way. */
  public Optional<String> mailFrom() {
    return Optional.ofNullable(mailFrom);
  }

  /** The recipients of the message under way that were accepted. */
  public List<String> recipients() {
    return List.copyOf(recipients);
  }

  /** Whether the client has spoken before a reply was due. */
  public boolean early() {
    return early;
  }

  /** How the message under way is handed over. */
  SmtpTransaction transaction() {
    return new SmtpTransaction(number, tls, user, parameters, tried, early);
  }

  boolean greeted() {
    return greeted;
  }

  /** The client has introduced itself; if PIPELINING was offered it may send groups from now on. */
  void greet(boolean offeredPipelining) {
    greeted = true;
    pipelining = offeredPipelining;
    reset();
  }

  void secure() {
    tls = true;
    greeted = false;
    pipelining = false;
    user = null;
    reset();
  }

  void authenticate(String name) {
    user = name;
  }

  void mailFrom(String address, List<String> mailParameters) {
    mailFrom = address;
    parameters = mailParameters;
  }

  void recipientTried(String address) {
    tried.add(address);
  }

  void recipient(String address) {
    recipients.add(address);
  }

  void messageAccepted() {
    accepted++;
  }

  void reset() {
    mailFrom = null;
    parameters = List.of();
    tried = new ArrayList<>();
    recipients = new ArrayList<>();
  }

  /** The command to be answered next, and whether RFC 2920 lets another one follow it at once. */
  void commandMayBeFollowed(boolean inAGroup) {
    mayGoOn = inAGroup;
  }

  /** A reply is about to be written, and more of the client's bytes are there already or not. */
  void replyIsDue(boolean moreIsHere) {
    if (moreIsHere && !(pipelining && mayGoOn)) {
      early = true;
    }
  }
}
