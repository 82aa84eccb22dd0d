package io.tallypost.audit.messages;

import io.tallypost.audit.operator.OperatorReads;
import io.tallypost.ids.MessageId;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.database.DatabaseCalls;
import io.tallypost.kit.problems.ProblemException;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Shows senders the state of their mail. */
@RestController
class MessageController {
  private static final String RETRY_AFTER_SECONDS = "5";

  private final MessageQuery messages;
  private final OperatorReads reads;

  MessageController(MessageQuery messages, OperatorReads reads) {
    this.messages = messages;
    this.reads = reads;
  }

  /** Another tenant's message is like an unknown one, and so is a live one to a test key. */
  @GetMapping("/api/v1/messages/{id}")
  @PreAuthorize("hasAnyAuthority('SCOPE_read', 'SCOPE_send', 'SCOPE_operator')")
  MessageAnswer message(@PathVariable String id, Caller caller) {
    return parsed(id)
        .flatMap(message -> find(message, caller))
        .orElseThrow(MessageController::unknown);
  }

  private Optional<MessageAnswer> find(MessageId id, Caller caller) {
    return DatabaseCalls.orRefuse(
        () -> {
          Optional<MessageAnswer> found = messages.find(id, caller);
          found.ifPresent(message -> reads.read(caller, "message.read", id, message.tenant()));
          return found;
        },
        MessageController::unavailable);
  }

  private static Optional<MessageId> parsed(String id) {
    try {
      return Optional.of(MessageId.parse(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static ProblemException unknown() {
    return new ProblemException(
        HttpStatus.NOT_FOUND,
        "message_not_found",
        "There is no such message, or it is not yours. A new one can be read about a second after its 202.");
  }

  private static ProblemException unavailable() {
    return new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE,
            "log_unavailable",
            "The send log cannot be read at the moment; nothing that was accepted is affected. Try again.")
        .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
  }
}
