package io.tallypost.intake.json;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads mailboxes out of a body: a string, an object {@code {email, name}}, or an array of them.
 */
public final class MailboxFields {
  /**
   * More than any field may have, and as many problems as are listed: to look at each of a megabyte
   * of addresses takes a second.
   */
  private static final int MOST_LOOKED_AT = 101;

  private final JsonObject body;
  private final boolean smtpUtf8;
  private final FieldProblems problems;

  /**
   * Reads out of one body.
   *
   * @param smtpUtf8 whether local parts outside ASCII are taken
   */
  public MailboxFields(JsonObject body, boolean smtpUtf8) {
    this.body = body;
    this.smtpUtf8 = smtpUtf8;
    this.problems = body.problems();
  }

  /** One mailbox; empty if the field is absent or wrong. */
  public Optional<Mailbox> one(String field) {
    return body.any(field).flatMap(value -> mailbox(value, body.pointer(field)));
  }

  /**
   * One mailbox, or the default for an absent field. The default is checked too: it may date from
   * when more was accepted.
   */
  public Optional<Mailbox> one(String field, Optional<Mailbox> otherwise) {
    return body.has(field)
        ? one(field)
        : otherwise.flatMap(mailbox -> problems.parsed(body.pointer(field), () -> taken(mailbox)));
  }

  /** A mailbox as the field changes it: absent leaves it, null clears it. */
  public @Nullable Mailbox changed(String field, @Nullable Mailbox before) {
    if (body.isNull(field)) {
      return null;
    }
    return body.has(field) ? one(field).orElse(null) : before;
  }

  /** All that the field has, the wrong ones left out; of far too many, see {@link #count}, some. */
  public List<Mailbox> many(String field) {
    Optional<JsonNode> value = body.any(field);
    if (value.isEmpty()) {
      return List.of();
    }
    String pointer = body.pointer(field);
    if (!value.get().isArray()) {
      return mailbox(value.get(), pointer).stream().toList();
    }
    var mailboxes = new ArrayList<Mailbox>();
    int i = 0;
    for (JsonNode element : value.get().values()) {
      if (i == MOST_LOOKED_AT) {
        break;
      }
      mailbox(element, pointer + "/" + i++).ifPresent(mailboxes::add);
    }
    return mailboxes;
  }

  /** How many mailboxes the field names, right or wrong. */
  public int count(String field) {
    return body.any(field).map(value -> value.isArray() ? value.size() : 1).orElse(0);
  }

  private Optional<Mailbox> mailbox(JsonNode value, String pointer) {
    if (value.isString()) {
      return problems.parsed(pointer, () -> taken(AddressText.parse(value.stringValue())));
    }
    if (value instanceof ObjectNode object) {
      return mailbox(new JsonObject(object, pointer, problems));
    }
    problems.add(
        pointer,
        "must be an address as a string or as {email, name}, not " + JsonObject.kind(value));
    return Optional.empty();
  }

  private Optional<Mailbox> mailbox(JsonObject object) {
    Optional<String> email = object.text("email");
    Optional<String> name = object.text("name");
    object.refuseUnknown();
    if (!object.has("email")) {
      object.problem("email", "is required");
    }
    boolean goodName =
        problems.parsed(object.pointer("name"), () -> named(name.orElse(null))).isPresent();
    return email
        .flatMap(text ->
            problems.parsed(
                object.pointer("email"), () -> taken(Mailbox.of(AddressText.address(text)))))
        .filter(mailbox -> goodName)
        .map(mailbox -> new Mailbox(name.orElse(null), mailbox.address()));
  }

  private Mailbox taken(Mailbox mailbox) {
    if (!smtpUtf8 && mailbox.address().needsSmtpUtf8()) {
      throw new IllegalArgumentException(
          "has letters outside ASCII left of the @, which this installation does not take (tallypost.intake.smtputf8)");
    }
    return mailbox;
  }

  /** Stands for a name that can be taken. */
  private static Boolean named(@Nullable String name) {
    AddressText.checkName(name);
    return true;
  }
}
