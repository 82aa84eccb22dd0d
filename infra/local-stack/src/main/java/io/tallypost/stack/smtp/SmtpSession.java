package io.tallypost.stack.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of one connection: scripts decide by it. */
public final class SmtpSession {

  private final long number;
  private boolean greeted;
  private boolean tls;
  private int accepted;
  private @Nullable String user;
  private @Nullable String mailFrom;
  private List<String> recipients = new ArrayList<>();

  SmtpSession(long number, boolean tls) {
    this.number = number;
    this.tls = tls;
  }

  /** The how-manieth connection of the sink this is, from 1. */
  public long number() {
    return number;
  }

  public boolean tls() {
    return tls;
  }

  /** Who has authenticated. */
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

  boolean greeted() {
    return greeted;
  }

  void greet() {
    greeted = true;
    reset();
  }

  void secure() {
    tls = true;
    greeted = false;
    user = null;
    reset();
  }

  void authenticate(String name) {
    user = name;
  }

  void mailFrom(String address) {
    mailFrom = address;
  }

  void recipient(String address) {
    recipients.add(address);
  }

  void messageAccepted() {
    accepted++;
  }

  void reset() {
    mailFrom = null;
    recipients = new ArrayList<>();
  }
}
