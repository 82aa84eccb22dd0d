package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Whatever becomes of a mail, its sender can see it. */
class FateIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static Client client;

  @BeforeAll
  static void createKey() {
    client = Client.withLimit(STACK, "fate", 100);
  }

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void aDeferredMailIsTriedAgainAndDelivered() {
    var tries = new AtomicInteger();
    STACK
        .sink()
        .follow(
            recipient(
                "grey@example.org",
                () ->
                    tries.incrementAndGet() <= 2
                        ? SmtpAnswer.reply(451, "4.7.1 try again later")
                        : SmtpAnswer.accept()));

    String id = send("grey@example.org");

    JsonNode message = client.awaitStatus(id, "delivered");
    assertThat(tries).hasValue(3);
    assertThat(message.path("recipients").get(0).path("attempt").asInt()).isEqualTo(3);
    assertThat(message.path("timeline").toString()).contains("4.7.1 try again later");
  }

  @Test
  void aRefusedMailFailsWithTheRelaysWords() {
    STACK
        .sink()
        .follow(recipient("nobody@example.org", () -> SmtpAnswer.reply(550, "5.1.1 no such user")));

    JsonNode message = client.awaitStatus(send("nobody@example.org"), "failed");

    assertThat(message.path("recipients").get(0).path("smtp_code").asInt()).isEqualTo(550);
    assertThat(message.path("timeline").toString()).contains("no such user");
  }

  @Test
  void oneRefusedRecipientDoesNotHinderTheOthers() {
    STACK
        .sink()
        .follow(recipient("nobody@example.org", () -> SmtpAnswer.reply(550, "5.1.1 no such user")));

    String id = send("nobody@example.org", "bob@example.org");

    JsonNode message = client.awaitStatus(id, "partially_delivered");
    assertThat(message.path("recipients").size()).isEqualTo(2);
  }

  @Test
  void aRejectedMailShowsWhichPolicyRejectedIt() {
    Client poor = Client.withLimit(STACK, "poor", 1);

    Client.Answer refused = poor.send(mail("a@example.org", "b@example.org"));

    assertThat(refused.status()).isEqualTo(429);
    JsonNode message = poor.awaitStatus(refused.body().path("id").asString(), "rejected");
    assertThat(message.path("timeline").toString()).contains("key_day");
  }

  @Test
  void anUnknownIdIsNotFound() {
    assertThat(client.get("/api/v1/messages/00000000-0000-8000-8000-000000000000").status())
        .isEqualTo(404);
    assertThat(client.get("/api/v1/messages/nonsense").status()).isEqualTo(404);
  }

  private static String send(String... recipients) {
    Client.Answer answer = client.send(mail(recipients));
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
    return answer.body().path("id").asString();
  }

  private static Map<String, Object> mail(String... recipients) {
    return Map.of("to", List.of(recipients), "subject", "fate", "text", "hi");
  }

  private static SmtpScript recipient(String address, Supplier<SmtpAnswer> answer) {
    return stage ->
        stage instanceof SmtpStage.Recipient recipient && recipient.address().equals(address)
            ? answer.get()
            : SmtpAnswer.accept();
  }
}
