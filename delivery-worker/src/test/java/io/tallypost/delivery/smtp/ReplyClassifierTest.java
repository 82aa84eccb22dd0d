package io.tallypost.delivery.smtp;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.events.RecipientResult;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReplyClassifierTest {
  private static final SmtpReply OK = new SmtpReply(250, "2.1.5", "ok");

  @Test
  void countsAsDeliveredWhoeverWasAcceptedBeforeAnAcceptedDot() {
    var attemptResult = classify(Conversation.answered(SmtpStage.DOT, accepted(), OK, true));

    assertThat(attemptResult.fault()).isEqualTo(Fault.NONE);
    assertThat(statuses(attemptResult)).containsExactly(DELIVERED, DELIVERED);
  }

  @Test
  void judgesEachRecipientByItsOwnReply() {
    var replies = Map.of(BOB, new SmtpReply(550, "5.1.1", "no such user"), CAROL, OK);

    var attemptResult = classify(Conversation.answered(SmtpStage.DOT, replies, OK, true));

    assertThat(statuses(attemptResult)).containsExactly(FAILED, DELIVERED);
    assertThat(attemptResult.results().getFirst().reply()).isEqualTo(replies.get(BOB));
  }

  @ParameterizedTest
  @CsvSource({
    "RCPT, 550, NONE, FAILED",
    "RCPT, 451, NONE, DEFERRED",
    "RCPT, 452, NONE, DEFERRED",
    "RCPT, 552, NONE, DEFERRED",
    "RCPT, 421, RELAY_TEMPORARY, DEFERRED",
    "RCPT, 530, RELAY_MISCONFIGURED, DEFERRED",
    "MAIL, 550, MESSAGE_PERMANENT, FAILED",
    "MAIL, 451, MESSAGE_TEMPORARY, DEFERRED",
    "MAIL, 421, RELAY_TEMPORARY, DEFERRED",
    "MAIL, 530, RELAY_MISCONFIGURED, DEFERRED",
    "DATA, 554, MESSAGE_PERMANENT, FAILED",
    "DATA, 250, MESSAGE_TEMPORARY, DEFERRED",
    "DOT, 554, MESSAGE_PERMANENT, FAILED",
    "DOT, 451, MESSAGE_TEMPORARY, DEFERRED",
    "DOT, 421, RELAY_TEMPORARY, DEFERRED",
    "AUTH, 535, RELAY_MISCONFIGURED, DEFERRED",
    "AUTH, 454, RELAY_TEMPORARY, DEFERRED",
    "GREETING, 421, RELAY_TEMPORARY, DEFERRED",
    "GREETING, 554, RELAY_TEMPORARY, DEFERRED",
    "TLS, 454, RELAY_TEMPORARY, DEFERRED",
  })
  void followsTheReply(SmtpStage stage, int code, Fault fault, RecipientResult.Status status) {
    var reply = new SmtpReply(code, null, "so it is");
    Map<EmailAddress, SmtpReply> own =
        stage == SmtpStage.RCPT && code != 421 ? Map.of(BOB, reply, CAROL, reply) : Map.of();

    var attemptResult =
        classify(
            Conversation.answered(
                stage, stage.compareTo(SmtpStage.DATA) >= 0 ? accepted() : own, reply, true));

    assertThat(attemptResult.fault()).isEqualTo(fault);
    assertThat(statuses(attemptResult)).containsExactly(status, status);
  }

  @Test
  void isInDoubtAfterTheDotWhateverEndedTheConnection() {
    var distrusted = new Conversation.Failure("another certificate", true);

    var attemptResult = classify(Conversation.failed(SmtpStage.DOT, Map.of(), distrusted));

    assertThat(attemptResult.fault()).isEqualTo(Fault.IN_DOUBT);
    assertThat(attemptResult.mayGoElsewhere()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(SmtpStage.class)
  void isInDoubtOnlyWhenTheConnectionIsLostAfterTheDot(SmtpStage stage) {
    var lost = new Conversation.Failure("connection reset", false);

    var attemptResult = classify(Conversation.failed(stage, Map.of(), lost));

    assertThat(attemptResult.fault())
        .isEqualTo(stage == SmtpStage.DOT ? Fault.IN_DOUBT : Fault.RELAY_TEMPORARY);
    assertThat(statuses(attemptResult)).containsExactly(DEFERRED, DEFERRED);
  }

  @Test
  void keepsWhatWasRefusedBeforeTheConnectionWasLost() {
    var replies = Map.of(BOB, new SmtpReply(550, null, "no"), CAROL, OK);
    var lost = new Conversation.Failure("connection reset", false);

    var attemptResult = classify(Conversation.failed(SmtpStage.DATA, replies, lost));

    assertThat(statuses(attemptResult)).containsExactly(FAILED, DEFERRED);
  }

  @Test
  void tellsAnUntrustedRelayFromABrokenOne() {
    var untrusted = new Conversation.Failure("certificate", true);

    assertThat(classify(Conversation.failed(SmtpStage.TLS, Map.of(), untrusted)).fault())
        .isEqualTo(Fault.RELAY_MISCONFIGURED);
  }

  private static Map<EmailAddress, SmtpReply> accepted() {
    return Map.of(BOB, OK, CAROL, OK);
  }

  private static AttemptResult classify(Conversation conversation) {
    return ReplyClassifier.classify(conversation, List.of(BOB, CAROL));
  }

  private static List<RecipientResult.Status> statuses(AttemptResult attemptResult) {
    return attemptResult.results().stream().map(RecipientResult::status).toList();
  }
}
