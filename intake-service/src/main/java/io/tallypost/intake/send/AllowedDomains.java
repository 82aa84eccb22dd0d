package io.tallypost.intake.send;

import io.tallypost.keys.DomainRule;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * Where mail may come from and go to when it is accepted. Later restrictions do not stop accepted
 * mail.
 *
 * @param tenantSenders the only domains that mail of the tenant may come from; empty for all
 * @param installation the only domains that any key's mail may go to; empty for all
 */
public record AllowedDomains(
    KeyRestrictions key, List<DomainRule> tenantSenders, List<DomainRule> installation) {

  /**
   * Checks a mail that is right otherwise.
   *
   * @param body what the mail was read from, for the pointers
   * @throws ProblemException 403 naming what is not allowed
   */
  void check(JsonObject body, Mail mail) {
    var recipients = new LinkedHashMap<String, List<Mailbox>>();
    recipients.put("to", mail.to());
    recipients.put("cc", mail.cc());
    recipients.put("bcc", mail.bcc());
    check(body, mail.from(), recipients);
  }

  /**
   * Checks a mail's author and recipients.
   *
   * @param body what they were read from, for the pointers
   * @param recipients the recipients by field
   * @throws ProblemException 403 naming what is not allowed
   */
  public void check(JsonObject body, Mailbox from, Map<String, List<Mailbox>> recipients) {
    if (!key.allowsSender(from.address())) {
      throw senderNotAllowed("This API key", "this key");
    }
    if (!KeyRestrictions.allows(tenantSenders, from.address())) {
      throw senderNotAllowed("The tenant of this API key", "this key's tenant");
    }
    var refused = new ArrayList<FieldProblem>();
    recipients.forEach((field, addresses) -> collect(body, field, addresses, refused));
    if (!refused.isEmpty()) {
      throw new ProblemException(
          HttpStatus.FORBIDDEN,
          "recipient_not_allowed",
          "Mail must not go to some of these domains; nothing was sent or charged.",
          refused);
    }
  }

  private static ProblemException senderNotAllowed(String who, String inShort) {
    return new ProblemException(
        HttpStatus.FORBIDDEN,
        "sender_not_allowed",
        who + " must not send from this domain; nothing was sent and nothing charged.",
        List.of(new FieldProblem("/from", "has a domain that " + inShort + " must not send from")));
  }

  private void collect(
      JsonObject body, String field, List<Mailbox> recipients, List<FieldProblem> refused) {
    boolean array = body.any(field).filter(value -> value.isArray()).isPresent();
    for (int i = 0; i < recipients.size(); i++) {
      var address = recipients.get(i).address();
      if (!key.allowsRecipient(address) || !KeyRestrictions.allows(installation, address)) {
        refused.add(
            new FieldProblem(
                body.pointer(field) + (array ? "/" + i : ""),
                "has a domain that mail must not go to"));
      }
    }
  }
}
