package io.tallypost.faults.relays;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tallypost.faults.scene.Heaps;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Tenant;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A relay whose replies are odd, hostile or without end. */
public final class OddReplyRows {
  private static final String LONG = "x".repeat(64 * 1024);
  private static final String RUSSIAN = " 2.0.0 принято, спасибо\r\n";
  private static final String REFUSED = "554 5.7.1 отказано\r\n";

  /** A kept connection gets its 451 this soon. */
  private static final Duration IDLE = Duration.ofSeconds(1);

  /** Names so many ways to log in that a client which kept them would run out of memory. */
  private static final SmtpAnswer CROWDED_EHLO = crowdedEhlo();

  /** What the system's buffers hold of an unread reply, and some more. */
  private static final long MOST_TAKEN = 16L * 1024 * 1024;

  /** Includes classes and compiled code of what runs for the first time. */
  private static final long MOST_GROWTH = 16L * 1024 * 1024;

  public static final Row ODD_REPLIES =
      Row.of(
          "relay-odd-replies",
          "another tenant's relay answers without end, with 64 KB in a line, in 8-bit text, 10 000 ways to log in, 2xx other than 250 to the dot, 554 and close or reset, 451 to an idle connection",
          50,
          OddReplyRows::answerOddly);

  /** The stage at which the recipient's local part gets this answer, and the expected end. */
  private record Odd(Class<? extends SmtpStage> stage, SmtpAnswer answer, String status, int dots) {
    static Odd delivered(SmtpAnswer answer) {
      return new Odd(SmtpStage.FinalDot.class, answer, "delivered", 1);
    }

    static Odd refusedAtTheDot(SmtpAnswer answer) {
      return new Odd(SmtpStage.FinalDot.class, answer, "failed", 1);
    }

    static Odd refusedBefore(Class<? extends SmtpStage> stage, SmtpAnswer answer) {
      return new Odd(stage, answer, "failed", 0);
    }

    /** Only the first time: the next attempt is delivered. */
    static Odd endless(SmtpAnswer answer) {
      return new Odd(SmtpStage.Recipient.class, answer, "delivered", 1);
    }
  }

  private static final Map<String, Odd> ODD = odd();

  private static Map<String, Odd> odd() {
    SmtpAnswer no = SmtpAnswer.raw(554, REFUSED);
    Map<String, Odd> odd = new HashMap<>();
    odd.put("endless", Odd.endless(SmtpAnswer.endless()));
    odd.put("endless-line", Odd.endless(SmtpAnswer.endlessLine()));
    odd.put("long-line", Odd.delivered(SmtpAnswer.raw(250, "250 " + LONG + "\r\n")));
    odd.put("russian", Odd.delivered(SmtpAnswer.raw(250, "250" + RUSSIAN)));
    odd.put(
        "latin",
        Odd.delivered(SmtpAnswer.raw(250, "250 tack\u0085s\u00e5\r\n".getBytes(ISO_8859_1))));
    odd.put("bare", Odd.delivered(SmtpAnswer.raw(250, "250 ok\n")));
    odd.put("d200", Odd.delivered(SmtpAnswer.reply(200, "fine")));
    odd.put("d252", Odd.delivered(SmtpAnswer.reply(252, "2.5.2 will try")));
    odd.put("d299", Odd.delivered(SmtpAnswer.raw(299, "299\r\n")));
    odd.put("dot-closed", Odd.refusedAtTheDot(no.thenClose()));
    odd.put("dot-reset", Odd.refusedAtTheDot(no.thenReset()));
    odd.put("data-closed", Odd.refusedBefore(SmtpStage.Data.class, no.thenClose()));
    odd.put("data-half", Odd.refusedBefore(SmtpStage.Data.class, no.thenHalfClose()));
    odd.put("data-unread", Odd.refusedBefore(SmtpStage.Data.class, no.thenCloseUnread()));
    odd.put("data-reset", Odd.refusedBefore(SmtpStage.Data.class, no.thenReset()));
    odd.put(
        "rcpt-long",
        Odd.refusedBefore(SmtpStage.Recipient.class, SmtpAnswer.raw(550, "550 " + LONG + "\r\n")));
    odd.put("rcpt-russian", Odd.refusedBefore(SmtpStage.Recipient.class, no));
    return Map.copyOf(odd);
  }

  private static SmtpAnswer crowdedEhlo() {
    Stream<String> mechanisms =
        IntStream.range(0, 14)
            .mapToObj(line ->
                IntStream.range(0, 750)
                    .mapToObj(i -> Integer.toString(100_000 * line + i, 36))
                    .collect(Collectors.joining(" ", "AUTH ", "")));
    return SmtpAnswer.reply(
        250,
        Stream.concat(
                Stream.of("odd.example", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"),
                mechanisms)
            .toArray(String[]::new));
  }

  private OddReplyRows() {}

  private static void answerOddly(Scene scene, int cycles) {
    Set<Long> workers = scene.pids("worker");
    try (SmtpSink relay = SmtpSink.start(SinkSettings.defaults().withIdle(IDLE))) {
      Tenant tenant = Tenant.of(scene, "odd", relay.port(), Map.of());
      List<String> locals = ODD.keySet().stream().sorted().toList();
      // What runs for the first time fills caches, which is no leak.
      play(scene, tenant, relay, locals, 0);
      if (haveDied(scene, workers)) {
        return;
      }
      long before = Heaps.liveBytes(scene, "worker");
      long taken = relay.endlessBytes();
      int rounds = 1;
      for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
        play(scene, tenant, relay, locals, rounds++);
      }
      if (haveDied(scene, workers)) {
        return;
      }
      taken = relay.endlessBytes() - taken;
      long grown = Heaps.liveBytes(scene, "worker") - before;
      scene.note(
          "%d odd replies; the worker took %.1f MB of endless ones, its heap after GC %+.1f MB"
              .formatted(rounds * locals.size(), taken / 1e6, grown / 1e6));
      scene.expect(grown < MOST_GROWTH, "the worker's heap grew by %d bytes".formatted(grown));
      scene.expect(
          taken <= 2L * (rounds - 1) * MOST_TAKEN, "%d bytes of endless replies".formatted(taken));
    }
  }

  private static boolean haveDied(Scene scene, Set<Long> workers) {
    boolean died = !scene.pids("worker").equals(workers);
    scene.expect(!died, "a worker has died");
    if (died) {
      scene.arena().restore();
    }
    return died;
  }

  private static void play(
      Scene scene, Tenant tenant, SmtpSink relay, List<String> locals, int round) {
    relay.inbox().clear();
    relay.follow(new Script(round > 0));
    List<String> ids =
        tenant.send(
            locals.size(), i -> Tenant.mail(locals.get(i) + "@example.org", "Is it there?"));
    tenant.awaitEnded((round + 1L) * locals.size());
    Map<String, Long> dots =
        relay.inbox().mails().stream()
            .collect(
                Collectors.groupingBy(
                    mail -> local(mail.recipients().getFirst()), Collectors.counting()));
    for (int i = 0; i < locals.size(); i++) {
      Odd odd = Objects.requireNonNull(ODD.get(locals.get(i)));
      JsonNode message = tenant.message(ids.get(i));
      String status = message.path("status").asString();
      long seen = dots.getOrDefault(locals.get(i), 0L);
      scene.expect(
          status.equals(odd.status()) && seen == odd.dots(),
          "%s is %s after %d dots".formatted(locals.get(i), status, seen));
    }
  }

  private static String local(String address) {
    return address.substring(0, address.indexOf('@'));
  }

  /** Answers each recipient's mail as the table says. */
  private static final class Script implements SmtpScript {
    private final Set<String> endless = ConcurrentHashMap.newKeySet();
    private final boolean crowded;

    /**
     * Answers.
     *
     * @param crowded whether EHLO too has an odd answer: what connections keep of it is growth
     */
    Script(boolean crowded) {
      this.crowded = crowded;
    }

    @Override
    public SmtpAnswer answer(SmtpStage stage) {
      if (stage instanceof SmtpStage.Hello && crowded) {
        return CROWDED_EHLO;
      }
      String local =
          switch (stage) {
            case SmtpStage.Recipient to -> local(to.address());
            case SmtpStage.Data data when !data.session().recipients().isEmpty() ->
                local(data.session().recipients().getFirst());
            case SmtpStage.FinalDot dot -> local(dot.mail().recipients().getFirst());
            default -> "";
          };
      Odd odd = ODD.get(local);
      if (odd == null
          || !odd.stage().isInstance(stage)
          || (local.startsWith("endless") && !endless.add(local))) {
        return SmtpAnswer.accept();
      }
      return odd.answer();
    }
  }
}
