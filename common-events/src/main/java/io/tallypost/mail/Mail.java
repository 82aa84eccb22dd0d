package io.tallypost.mail;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One mail as its sender wrote it and Tallypost checked it. All of it can be sent unchanged;
 * readers need not check again.
 *
 * @param from the author (RFC 5322 From) and the envelope's sender
 * @param to visible recipients
 * @param cc visible recipients of a copy
 * @param bcc recipients in the envelope and in no header
 * @param replyTo where answers go; empty means to {@code from}
 * @param subject at most {@value #LONGEST_SUBJECT} characters; may be empty
 * @param text the plain body; null if there is only html
 * @param html the HTML body; null if there is only text
 * @param headers further headers by name, in the order of their names
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Mail(
    Mailbox from,
    List<Mailbox> to,
    List<Mailbox> cc,
    List<Mailbox> bcc,
    List<Mailbox> replyTo,
    @JsonInclude(JsonInclude.Include.ALWAYS) String subject,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String text,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String html,
    SortedMap<String, String> headers) {

  /** RFC 5322, section 2.1.1. */
  public static final int LONGEST_SUBJECT = 998;

  /** To, cc and bcc together. */
  public static final int MOST_RECIPIENTS = 50;

  /**
   * Takes absent lists as empty ones and checks the rest.
   *
   * @throws IllegalArgumentException if there is no recipient, no body, or something that cannot be
   *     sent
   */
  @SuppressWarnings("NullAway") // Jackson passes null for what is absent
  public Mail {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(subject, "subject");
    to = to == null ? List.of() : List.copyOf(to);
    cc = cc == null ? List.of() : List.copyOf(cc);
    bcc = bcc == null ? List.of() : List.copyOf(bcc);
    replyTo = replyTo == null ? List.of() : List.copyOf(replyTo);
    headers =
        headers == null
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(headers));
    if (to.isEmpty() && cc.isEmpty() && bcc.isEmpty()) {
      throw new IllegalArgumentException("a mail has at least one recipient");
    }
    if (text == null && html == null) {
      throw new IllegalArgumentException("a mail has text, html or both");
    }
    HeaderText.check(subject);
    // Not checkTogether: mail that was accepted stays readable when senders are allowed less.
    headers.forEach(CustomHeader::check);
  }

  /**
   * The envelope's recipients: to, cc and bcc, each address once. Each of them is one unit of
   * quota.
   */
  @JsonIgnore
  public List<EmailAddress> recipients() {
    return Stream.of(to, cc, bcc).flatMap(List::stream).map(Mailbox::address).distinct().toList();
  }

  /**
   * Whether an address in its header is not ASCII, so that only relays that offer SMTPUTF8 (RFC
   * 6531) take the mail for any recipient. Blind recipients are in no header.
   */
  public boolean headersNeedSmtpUtf8() {
    return Stream.of(List.of(from), to, cc, replyTo)
        .flatMap(List::stream)
        .anyMatch(mailbox -> mailbox.address().needsSmtpUtf8());
  }

  /** Without content: bodies, subjects and addresses are in no log. */
  @Override
  public String toString() {
    return "Mail[from=" + from + ", recipients=" + recipients().size() + "]";
  }
}
