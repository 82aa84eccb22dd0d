package io.tallypost.faults.scene;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/**
 * A tenant beside the one whose mail is counted, with a relay of its own.
 *
 * @param client holds its key
 * @param relayId its relay's id in the admin API
 */
public record Tenant(Scene scene, Client client, String relayId) {
  private static final int CALLERS = 16;
  private static final int MOST_TRIES = 10;
  private static final int PLENTY = 1_000_000;

  /**
   * Makes one.
   *
   * @param port its relay's port on this machine
   * @param limits other fields of the relay
   */
  public static Tenant of(Scene scene, String name, int port, Map<String, Object> limits) {
    String id = name + Long.toString(System.nanoTime(), 36);
    Client client = Client.ofNewTenant(scene.stack(), id, PLENTY);
    Map<String, Object> relay = new HashMap<>(limits);
    relay.putAll(
        Map.of(
            "name", name,
            "tenant", id,
            "host", "127.0.0.1",
            "port", port,
            "security", "none"));
    Client.Answer made = Client.operator(scene.stack()).post("/api/v1/admin/relays", relay);
    scene.expect(made.status() == 201, "no relay was made: " + made.body());
    return new Tenant(scene, client, made.body().path("id").asString());
  }

  /** The ids of this many accepted mails, each to one recipient. */
  public List<String> send(int mails) {
    return send(mails, i -> mail("r" + i + "@example.org", "Is it there?"));
  }

  /** The ids of these mails, which must all be accepted. */
  public List<String> send(int mails, IntFunction<Map<String, Object>> each) {
    List<Client.Answer> answers = Parallel.calls(CALLERS, mails, i -> untilAnswered(each.apply(i)));
    long refused = answers.stream().filter(answer -> answer.status() != 202).count();
    scene.expect(
        refused == 0, "%d of %d mails of another tenant refused".formatted(refused, mails));
    return answers.stream().map(answer -> answer.body().path("id").asString("")).toList();
  }

  /** Repeated with one Idempotency-Key, as a careful client does. */
  private Client.Answer untilAnswered(Map<String, Object> mail) {
    String key = UUID.randomUUID().toString();
    Optional<Client.Answer> answer = once(mail, key);
    for (int again = 0; again < MOST_TRIES && answer.isEmpty(); again++) {
      answer = once(mail, key);
    }
    return answer.orElseThrow(() -> new IllegalStateException("a mail was never answered"));
  }

  /** Empty without an answer, or without a final one. */
  private Optional<Client.Answer> once(Map<String, Object> mail, String key) {
    try {
      Client.Answer answer =
          client.post("/api/v1/send", mail, "Idempotency-Key", key, "Prefer", "respond-async");
      return answer.status() >= 500 ? Optional.empty() : Optional.of(answer);
    } catch (UncheckedIOException noAnswer) {
      return Optional.empty();
    }
  }

  public static Map<String, Object> mail(String to, String text) {
    return Map.of("to", List.of(to), "subject", "another tenant's", "text", text);
  }

  public void changeRelay(Map<String, Object> fields) {
    Client.Answer changed =
        Client.operator(scene.stack()).patch("/api/v1/admin/relays/" + relayId, fields);
    scene.expect(changed.status() == 200, "the relay was not changed: " + changed.body());
  }

  public Books books() {
    return new Books(scene.stack(), client.keyId());
  }

  /** Waits until this many of its mails have ended. */
  public void awaitEnded(long mails) {
    scene.await("another tenant's mail ends", () -> books().endedCount() >= mails);
  }

  /** The same, where that may take longer. */
  public void awaitEnded(long mails, Duration most) {
    scene.await("another tenant's mail ends", most, () -> books().endedCount() >= mails);
  }

  /** Its relay must have seen this many mails, none of them twice, and there is no dead letter. */
  public void expectEachOnce(SmtpSink relay, long mails) {
    List<ReceivedMail> seen = relay.inbox().mails();
    int distinct = Books.received(seen, "").size();
    scene.expect(distinct == mails, "%d of %d arrived elsewhere".formatted(distinct, mails));
    scene.expect(seen.size() == distinct, "%d copies elsewhere".formatted(seen.size() - distinct));
    long letters = books().deadLetters();
    scene.expect(letters == 0, letters + " dead letters elsewhere");
  }

  /** Audit's view of it. */
  public JsonNode message(String id) {
    return client.get("/api/v1/messages/" + id).body();
  }
}
