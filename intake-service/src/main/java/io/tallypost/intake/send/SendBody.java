package io.tallypost.intake.send;

import io.tallypost.intake.json.MailboxFields;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.OneOf;
import io.tallypost.mail.CustomHeader;
import io.tallypost.mail.HeaderText;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a client asked for, checked.
 *
 * @param mail what to send
 * @param lane which queue it may wait in
 */
record SendBody(Mail mail, Lane lane) {
  private static final OneOf<Lane> LANES = new OneOf<>(List.of(Lane.values()), Lane::wireName);
  private static final int MOST_HEADERS = 100;
  private static final int MOST_REPLY_TO = 50;

  /**
   * Reads and checks a body. The rules are those of {@link Mail} and its parts, applied field by
   * field here so that all problems are found.
   *
   * @param defaultFrom the author of a mail that names none
   * @param smtpUtf8 whether local parts outside ASCII are taken
   * @param key what narrows the key that sends it
   * @return empty if there is a fault
   */
  static Optional<SendBody> read(
      JsonObject body,
      Optional<Mailbox> defaultFrom,
      boolean smtpUtf8,
      KeyRestrictions key,
      FieldProblems problems) {
    var reader = new Reader(body, smtpUtf8, key, problems);
    Optional<Mailbox> from = reader.from(defaultFrom);
    List<Mailbox> to = reader.mailboxes.many("to");
    List<Mailbox> cc = reader.mailboxes.many("cc");
    List<Mailbox> bcc = reader.mailboxes.many("bcc");
    List<Mailbox> replyTo = reader.replyTo();
    reader.countRecipients();
    Optional<String> subject = reader.subject();
    Optional<String> text = reader.body("text");
    Optional<String> html = reader.body("html");
    reader.needOneBody();
    SortedMap<String, String> headers = reader.headers();
    Lane lane = body.parsed("lane", LANES::parse).orElse(Lane.TRANSACTIONAL);
    body.refuseUnknown();
    if (!problems.isEmpty()) {
      return Optional.empty();
    }
    var mail =
        new Mail(
            from.orElseThrow(),
            to,
            cc,
            bcc,
            replyTo,
            subject.orElseThrow(),
            text.orElse(null),
            html.orElse(null),
            headers);
    return Optional.of(new SendBody(mail, lane));
  }

  private record Reader(
      JsonObject body, KeyRestrictions key, FieldProblems problems, MailboxFields mailboxes) {

    Reader(JsonObject body, boolean smtpUtf8, KeyRestrictions key, FieldProblems problems) {
      this(body, key, problems, new MailboxFields(body, smtpUtf8));
    }

    Optional<Mailbox> from(Optional<Mailbox> otherwise) {
      if (!body.has("from") && otherwise.isEmpty()) {
        problems.add(
            "/from",
            "is required: neither the API key, nor its tenant, nor this installation has a default sender");
      }
      return mailboxes.one("from", otherwise);
    }

    List<Mailbox> replyTo() {
      if (mailboxes.count("reply_to") > MOST_REPLY_TO) {
        problems.add("/reply_to", "has more than " + MOST_REPLY_TO + " addresses");
        return List.of();
      }
      return mailboxes.many("reply_to");
    }

    void countRecipients() {
      int count = Stream.of("to", "cc", "bcc").mapToInt(mailboxes::count).sum();
      if (count == 0) {
        problems.add("/to", "is required: to, cc and bcc name no recipient");
      } else if (count > Mail.MOST_RECIPIENTS) {
        String fullest =
            mailboxes.count("to") > 0 ? "/to" : mailboxes.count("cc") > 0 ? "/cc" : "/bcc";
        problems.add(
            fullest,
            "to, cc and bcc name %d recipients together; at most %d are allowed"
                .formatted(count, Mail.MOST_RECIPIENTS));
      }
    }

    Optional<String> subject() {
      if (!body.has("subject")) {
        body.problem("subject", "is required; it may be empty");
        return Optional.empty();
      }
      Optional<String> subject = body.text("subject");
      subject.ifPresent(text -> {
        if (text.codePointCount(0, text.length()) > Mail.LONGEST_SUBJECT) {
          body.problem("subject", "is longer than " + Mail.LONGEST_SUBJECT + " characters");
        }
        body.check("subject", () -> HeaderText.check(text));
      });
      return subject;
    }

    Optional<String> body(String field) {
      Optional<String> content = body.text(field);
      content.ifPresent(text -> body.check(field, () -> BodyText.check(text)));
      return content;
    }

    void needOneBody() {
      if (!body.has("text") && !body.has("html")) {
        problems.add("/text", "is required where there is no html: a mail has text, html or both");
      }
    }

    SortedMap<String, String> headers() {
      var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
      body.object("headers")
          .ifPresent(object -> {
            if (object.names().size() > MOST_HEADERS) {
              problems.add("/headers", "has more than " + MOST_HEADERS + " headers");
              return;
            }
            for (String name : object.names()) {
              object
                  .text(name)
                  .ifPresent(value -> header(headers, object.pointer(name), name, value));
            }
          });
      body.check("headers", () -> CustomHeader.checkTogether(headers));
      return new TreeMap<>((SortedMap<String, String>) headers);
    }

    private void header(
        SortedMap<String, String> headers, String pointer, String name, String value) {
      problems.check(pointer, () -> CustomHeader.check(name, value));
      if (RelayHeaders.isOrder(name)
          && !(RelayHeaders.canBeAllowed(name) && key.allowsHeader(name))) {
        problems.add(
            pointer,
            "is an order to relays, which this key's allowed_headers do not have. Orders are "
                + RelayHeaders.names());
      }
      if (headers.put(name, value) != null) {
        problems.add(pointer, "is given twice: header names differ in more than case");
      }
    }
  }
}
