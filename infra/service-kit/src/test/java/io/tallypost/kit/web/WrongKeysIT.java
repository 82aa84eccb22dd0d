package io.tallypost.kit.web;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.mail.Mode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/** A good key is served while wrong ones come over 400 connections, at bcrypt's real cost. */
@TestPropertySource(
    properties = {
      "tallypost.keys.bcrypt-cost=10",
      // Tests play the proxy in front.
      "tallypost.keys.trusted-proxies=127.0.0.0/8",
    })
@DirtiesContext
class WrongKeysIT extends GreetingServiceIT {
  private static final int CONNECTIONS = 400;

  /** With 100 wrong keys a minute for each, more than bcrypt can do in this time. */
  private static final int ADDRESSES = 8;

  private static final int GOOD_KEYS = 8;

  /** Of bcrypt. */
  private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

  private static final Duration SOON = Duration.ofSeconds(1);

  private final SecureRandom random = new SecureRandom();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Map<Integer, Integer> wrongAnswers = new ConcurrentHashMap<>();
  @Autowired private BcryptPool bcrypt;

  @Test
  void servesGoodKeysWhileWrongOnesComeOverManyConnections() throws Exception {
    servesGoodKeysWhile(number -> "203.0.113." + number % ADDRESSES, "198.51.100.");

    assertThat(wrongAnswers.get(401)).isLessThanOrEqualTo(2 * ADDRESSES * 100);
  }

  /** One owner, for whom each try is the first of a /64. */
  @Test
  void servesGoodKeysWhileWrongOnesComeFromManyNetworksOfOneSite() throws Exception {
    servesGoodKeysWhile(
        number -> "2001:db8:1:" + Integer.toHexString(number) + "::1", "2001:db8:2::");
  }

  private void servesGoodKeysWhile(IntFunction<String> attackers, String good) throws Exception {
    var used = published();
    List<ApiKeyToken> fresh = IntStream.range(0, GOOD_KEYS).mapToObj(_ -> published()).toList();
    assertThat(get(used, good + 1)).isEqualTo(200);
    List<Thread> attacks =
        IntStream.range(0, CONNECTIONS)
            .mapToObj(attackers)
            .map(from -> Thread.ofVirtual().start(() -> attack(from, used.id())))
            .toList();
    List<Duration> again = new ArrayList<>();
    List<Duration> first = new ArrayList<>();
    List<Integer> overtaken = new ArrayList<>();
    Duration made;
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> wrongAnswers.containsKey(429));
      for (int i = 0; i < GOOD_KEYS; i++) {
        again.add(served(used, good + 1));
        int before = wrongAnswers.getOrDefault(401, 0);
        first.add(served(fresh.get(i), good + (10 + i)));
        overtaken.add(wrongAnswers.getOrDefault(401, 0) - before);
      }
      long began = System.nanoTime();
      bcrypt.encode("acme", "a new secret");
      made = Duration.ofNanos(System.nanoTime() - began);
    } finally {
      over.set(true);
      for (Thread attack : attacks) {
        attack.join();
      }
    }

    System.out.printf(
        "used before: %s%nfirst use: %s, overtaken by %s%nmade: %s%nwrong keys: %s%n",
        again, first, overtaken, made, wrongAnswers);
    assertThat(wrongAnswers.keySet()).containsOnly(401, 429);
    // Half of them, because the machine may have other things to do for a moment.
    assertThat(median(again)).isLessThan(SOON);
    // A key's first use costs a bcrypt, which takes as long as the machine's other work lets it:
    // what is promised is its turn, behind those that are being computed and other networks' first.
    assertThat(overtaken).allMatch(wrong -> wrong <= ADDRESSES + 2 * THREADS);
    assertThat(made).isLessThan(SOON.multipliedBy(3));
  }

  /** As after a restart: more of them than there may be wrong keys in a minute. */
  @Test
  void letsAGoodKeyInOnManyConnectionsAtOnce() throws Exception {
    ApiKeyToken key = published();
    List<Integer> statuses;
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> call = () -> get(key, "198.51.100.99");
      statuses =
          clients.invokeAll(Collections.nCopies(300, call)).stream()
              .map(Future::resultNow)
              .toList();
    }

    assertThat(statuses).containsOnly(200);
  }

  private static Duration median(List<Duration> times) {
    return times.stream().sorted().toList().get(times.size() / 2);
  }

  private Duration served(ApiKeyToken token, String from) throws IOException {
    long began = System.nanoTime();
    assertThat(get(token, from)).isEqualTo(200);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /** Half of its keys have an unknown id, half a known one's. */
  private void attack(String from, ApiKeyId known) {
    try (var connection = new Connection(port)) {
      for (int i = 0; !over.get(); i++) {
        var wrong =
            i % 2 == 0
                ? ApiKeyToken.generate(Mode.LIVE, random)
                : ApiKeyToken.renew(Mode.LIVE, known, random);
        int status = connection.get(wrong, from);
        wrongAnswers.merge(status, 1, Integer::sum);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private int get(ApiKeyToken token, String from) throws IOException {
    try (var connection = new Connection(port)) {
      return connection.get(token, from);
    }
  }

  private ApiKeyToken published() {
    String key = new ApiContract(service).key(Examples.ACME, Scope.READ);
    return ApiKeyToken.parse(key).orElseThrow();
  }

  /** One connection, kept open. */
  private static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader answers;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(60_000);
      answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    int get(ApiKeyToken token, String from) throws IOException {
      String head =
          String.join(
              "\r\n",
              "GET /api/v1/greeting HTTP/1.1",
              "Host: localhost",
              "X-API-Key: " + token.plaintext(),
              "X-Forwarded-For: " + from,
              "\r\n");
      socket.getOutputStream().write(head.getBytes(UTF_8));
      int status = Integer.parseInt(answers.readLine().split(" ", -1)[1]);
      int length = 0;
      for (String line = answers.readLine(); !line.isEmpty(); line = answers.readLine()) {
        if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      for (int i = 0; i < length; i++) {
        answers.read();
      }
      return status;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
