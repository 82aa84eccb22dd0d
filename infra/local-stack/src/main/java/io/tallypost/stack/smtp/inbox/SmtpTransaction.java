package io.tallypost.stack.smtp.inbox;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a mail was handed over.
 *
 * @param connection the number of its connection, from 1
 * @param tls whether under TLS
 * @param user the authenticated user
 * @param parameters those of MAIL, as they came
 * @param tried the recipients of all RCPT commands in order, those refused too
 * @param early whether the client has, on this connection and until this mail's dot, spoken before
 *     a reply was due: commands in a group without or against PIPELINING (RFC 2920)
 */
public record SmtpTransaction(
    long connection,
    boolean tls,
    @Nullable String user,
    List<String> parameters,
    List<String> tried,
    boolean early) {

  public SmtpTransaction {
    parameters = List.copyOf(parameters);
    tried = List.copyOf(tried);
  }
}
