package io.tallypost.kit.web;

import static io.tallypost.kit.testing.RawHttp.exchange;
import static io.tallypost.kit.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.kit.testing.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that stop, trickle or never end, and others beside them. */
class SlowClientsIT extends ContainerIT {
  @Test
  void cutsOffABodyThatTricklesAndSaysWhy() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(request("POST " + PATH, JSON_TYPE, "Content-Length: 1000", key));
      long began = System.nanoTime();
      var answer = whileTrickling(slow, "x", slow::answer);

      assertThat(answer.problemCode()).isEqualTo("request_timeout");
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.header("Connection")).isEqualTo("close");
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(10));
      assertThat(slow.isClosed()).isTrue();
    }
  }

  @Test
  void cutsOffChunksThatTrickleAndSaysWhy() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(request("POST " + PATH, JSON_TYPE, "Transfer-Encoding: chunked", key));

      assertThat(whileTrickling(slow, "1\r\nx\r\n", slow::answer).problemCode())
          .isEqualTo("request_timeout");
      assertThat(slow.isClosed()).isTrue();
    }
  }

  @Test
  void cutsOffABodyThatStops() throws Exception {
    try (var mute = RawHttp.connect(port)) {
      mute.send(request("POST " + PATH, JSON_TYPE, "Content-Length: 1000", key) + "{");

      assertThat(mute.answer().problemCode()).isEqualTo("request_timeout");
      assertThat(mute.isClosed()).isTrue();
    }
  }

  @Test
  void readsOnBehindARefusalForThatTimeOnly() throws Exception {
    try (var slow = RawHttp.connect(port)) {
      slow.send(
          request("POST " + PATH, JSON_TYPE, "Content-Length: 1000000")
              .replace("Connection: close", "Connection: keep-alive"));

      assertThat(slow.answer().status()).isEqualTo(401);
      long began = System.nanoTime();
      assertThat(whileTrickling(slow, "x", slow::isClosed)).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 60000000", "Transfer-Encoding: chunked"})
  void readsNoMoreThanSoMuchBehindARefusal(String length) throws Exception {
    String megabyte = "x".repeat(1_000_000);
    String piece = length.endsWith("chunked") ? "f4240\r\n" + megabyte + "\r\n" : megabyte;
    var sent = new AtomicInteger();
    try (var client = RawHttp.connect(port)) {
      client.send("POST " + PATH + " HTTP/1.1\r\nHost: a\r\n" + length + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(401);

      assertThatThrownBy(
              () -> {
                while (sent.get() < 60) {
                  client.send(piece);
                  sent.incrementAndGet();
                }
              })
          .as("the connection is closed before all is sent")
          .isInstanceOf(IOException.class);
    }
    // What was read, and what fits into the buffers between.
    assertThat(sent).hasValueLessThan(50);
  }

  @Test
  void closesConnectionsThatSayNothing() throws Exception {
    try (var mute = RawHttp.connect(port);
        var half = RawHttp.connect(port);
        var idle = RawHttp.connect(port)) {
      half.send("GET / HTTP/1.1\r\nHost: a\r\nX-");
      idle.send(request("GET " + PATH, key).replace("Connection: close", "Connection: keep-alive"));
      assertThat(idle.answer().status()).isEqualTo(200);

      assertThat(mute.isClosed()).isTrue();
      assertThat(half.isClosed()).isTrue();
      assertThat(idle.isClosed()).isTrue();
    }
  }

  @Test
  void servesAGoodKeyBesideThreeHundredSlowUploads() throws Exception {
    assertThat(exchange(port, request("GET " + PATH, key)).status()).isEqualTo(200);
    var uploads = new ArrayList<RawHttp>();
    try {
      for (int i = 0; i < 300; i++) {
        var upload = RawHttp.connect(port);
        uploads.add(upload);
        upload.send(
            request("POST " + PATH, JSON_TYPE, "Content-Length: 1000000", i % 2 == 0 ? key : "A: b")
                + "x".repeat(1_000));
      }
      // All are in the service now: it waits for the bodies of those with a key.
      for (int i = 1; i < uploads.size(); i += 2) {
        assertThat(uploads.get(i).answer().status()).isEqualTo(401);
      }
      for (int i = 0; i < 10; i++) {
        long began = System.nanoTime();
        assertThat(exchange(port, request("GET " + PATH, key)).status()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
      }
      for (int i = 0; i < uploads.size(); i += 2) {
        assertThat(uploads.get(i).answer().status()).isEqualTo(408);
      }
      assertThat(uploads).allMatch(RawHttp::isClosed);
    } finally {
      for (RawHttp upload : uploads) {
        upload.close();
      }
    }
  }

  private interface Read<T> {
    T read() throws IOException;
  }

  /** Sends a piece five times a second, as long as the other side takes it. */
  private static <T> T whileTrickling(RawHttp connection, String piece, Read<T> read)
      throws IOException {
    try (var sender = Executors.newSingleThreadScheduledExecutor()) {
      var _ =
          sender.scheduleAtFixedRate(
              () -> {
                try {
                  connection.send(piece);
                } catch (IOException closed) {
                  sender.shutdown();
                }
              },
              0,
              200,
              TimeUnit.MILLISECONDS);
      try {
        return read.read();
      } finally {
        sender.shutdownNow();
      }
    }
  }
}
