package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Each service is replaced by its next version, one after the other, and then all at once by the
 * old one again, while mail comes in: one is started beside the other, then the other is stopped.
 */
class RollingUpgradeIT {
  private static final TallypostStack STACK = TallypostStack.running();

  /** Writers before readers, so that old readers see what new writers add. */
  private static final List<String> ROLES = List.of("intake", "quota", "worker", "audit");

  private static final String NEXT = "900";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How often the relay has seen each Message-ID. */
  private final Map<String, Integer> received = new ConcurrentHashMap<>();

  private final Set<String> greylisted = ConcurrentHashMap.newKeySet();
  @TempDir private Path folder;
  private final Map<String, String> usual = new HashMap<>();

  @AfterEach
  void oneUsualProcessOfEachRole() throws IOException {
    STACK.sink().follow(SmtpScript.ACCEPT);
    for (String role : ROLES) {
      Files.deleteIfExists(link(role));
      String number = usual.get(role);
      if (number != null && !runs(role, number)) {
        STACK.control("start", role, number);
      }
      if (runs(role, NEXT)) {
        STACK.control("stop", role, NEXT);
      }
    }
  }

  @Test
  void noMailIsLostOrCopiedWhileEachServiceIsUpgradedAndRolledBack() throws IOException {
    STACK.sink().follow(this::relay);
    Client client = Client.withLimit(STACK, "rolling", 1_000_000);
    Map<String, Path> next = nextVersions();
    Instant began = Instant.now();

    SteadyClient load;
    try (var sending = SteadyClient.of(client)) {
      load = sending;
      for (String role : ROLES) {
        upgrade(role, requireNonNull(next.get(role)));
      }
      rollBack();
    }

    Map<String, String> mails = load.mails();
    assertThat(load.failures()).as("not taken at all").isEmpty();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> received.keySet().containsAll(mails.values()));
    Parallel.calls(8, mails.size(), awaitDelivered(client, List.copyOf(mails.keySet())));
    awaitNothingUnderWay();
    int copies = copies(mails.values());
    System.out.printf(
        "rolling upgrade and back: %d mails, 0 lost, %d copies, %d answers that a retry mended %s%n",
        mails.size(), copies, load.mended().size(), Set.copyOf(load.mended()));
    assertThat(copies).as("copies").isZero();
    assertThat(client.get("/api/v1/usage").body().toString())
        .contains("\"used\":" + mails.size() + ",");
    assertBothVersionsWrote(Records.of(STACK, began, mails::containsKey));
  }

  /** Built before the first mail. */
  private Map<String, Path> nextVersions() {
    return ROLES.stream()
        .collect(
            Collectors.toMap(
                role -> role, role -> NextVersion.of(service(role), folder.resolve(role))));
  }

  private void upgrade(String role, Path next) throws IOException {
    String number = STACK.services(role).getLast().path("number").asString();
    usual.put(role, number);
    Files.createDirectories(link(role).getParent());
    Files.createSymbolicLink(link(role), next);
    STACK.control("start", role, NEXT);
    STACK.control("stop", role, number);
  }

  private void rollBack() throws IOException {
    for (String role : ROLES) {
      Files.delete(link(role));
    }
    forEachRole(role -> STACK.control("start", role, requireNonNull(usual.get(role))));
    forEachRole(role -> STACK.control("stop", role, NEXT));
  }

  private static void forEachRole(Consumer<String> action) {
    Parallel.calls(
        ROLES.size(),
        ROLES.size(),
        i -> {
          action.accept(ROLES.get(i));
          return true;
        });
  }

  /** Which jar the launcher starts next. */
  private static Path link(String role) {
    return STACK.directory().resolve("jars").resolve(service(role) + ".jar");
  }

  private static String service(String role) {
    return role.equals("worker") ? "delivery-worker" : role + "-service";
  }

  private static boolean runs(String role, String number) {
    return STACK.services(role).stream()
        .anyMatch(service -> service.path("number").asString().equals(number));
  }

  /** Counts, and lets some of the mail be tried again, perhaps by another version. */
  private SmtpAnswer relay(SmtpStage stage) {
    if (stage instanceof SmtpStage.FinalDot dot) {
      received.merge(dot.mail().header("Message-ID").orElse(""), 1, Integer::sum);
    }
    return stage instanceof SmtpStage.Recipient to
            && to.address().startsWith(SteadyClient.LATE)
            && greylisted.add(to.address())
        ? SmtpAnswer.reply(451, "4.7.1 later")
        : SmtpAnswer.accept();
  }

  private int copies(Collection<String> messageIds) {
    return messageIds.stream().mapToInt(id -> received.getOrDefault(id, 0) - 1).sum();
  }

  private static IntFunction<JsonNode> awaitDelivered(Client client, List<String> ids) {
    return i -> client.awaitStatus(ids.get(i), "delivered");
  }

  /** What could still become a copy. */
  private static void awaitNothingUnderWay() {
    Client operator = Client.operator(STACK);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() ->
            operator
                .get("/api/v1/admin/status")
                .body()
                .path("groups")
                .valueStream()
                .anyMatch(group ->
                    group.path("group").asString().equals("delivery-worker")
                        && group.path("backlog").asLong() == 0));
  }

  private static void assertBothVersionsWrote(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Set<Boolean>> writers =
        records.stream()
            .collect(
                Collectors.groupingBy(
                    ConsumerRecord::topic,
                    Collectors.mapping(
                        record -> new String(record.value(), UTF_8).contains(NextVersion.FIELD),
                        Collectors.toSet())));
    for (String topic :
        List.of("mail.requests.v1", "mail.decisions.v1", "mail.approved.v1", "mail.outcomes.v1")) {
      assertThat(writers.get(topic)).as(topic).containsExactlyInAnyOrder(true, false);
    }
  }
}
