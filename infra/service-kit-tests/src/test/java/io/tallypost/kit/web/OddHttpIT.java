package io.tallypost.kit.web;

import static io.tallypost.kit.testing.RawHttp.exchange;
import static io.tallypost.kit.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.RawHttp;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no HTTP, or none that any endpoint reads: refused in front of the controllers. */
class OddHttpIT extends ContainerIT {
  static Stream<Arguments> whatHttpDoesNotHave() {
    return Stream.of(
        Arguments.of("an encoded slash", request("GET /a%2fb"), "bad_request"),
        Arguments.of("a backslash", request("GET /a%5cb"), "bad_request"),
        Arguments.of("a path that is not UTF-8", request("GET /%ff"), "bad_request"),
        Arguments.of("a bad escape", request("GET /%zz"), "bad_request"),
        Arguments.of("a path above the root", request("GET /../../etc"), "bad_request"),
        Arguments.of("a path parameter", request("GET /api/v1;a=b/health"), "bad_request"),
        Arguments.of("a double slash", request("GET //api//v1"), "bad_request"),
        Arguments.of("a control character", request("GET /a%00b"), "bad_request"),
        Arguments.of("a raw character", request("GET /a<b"), "bad_request"),
        Arguments.of("a path without a slash", request("GET api"), "bad_request"),
        Arguments.of("a method of signs", request("G@T /"), "bad_request"),
        Arguments.of("a method that nobody has", request("BREW /"), "bad_request"),
        Arguments.of("CONNECT", request("CONNECT localhost:80"), "not_implemented"),
        Arguments.of("TRACE", request("TRACE /api/v1/greeting"), "method_not_allowed"),
        Arguments.of(
            "another version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "http_version_not_supported"),
        Arguments.of("no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "bad_request"),
        Arguments.of("two hosts", request("GET /", "Host: other"), "bad_request"),
        Arguments.of(
            "an odd host",
            "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
            "bad_request"),
        Arguments.of("a header without a colon", request("GET /", "nonsense"), "bad_request"),
        Arguments.of(
            "a header of 9 KB", request("GET /", "A: " + "b".repeat(9_000)), "bad_request"),
        Arguments.of("a path of 9 KB", request("GET /" + "b".repeat(9_000)), "bad_request"),
        Arguments.of(
            "101 headers", request("GET /", "A: b\r\n".repeat(100) + "C: d"), "bad_request"),
        Arguments.of("a length of words", request("POST /", "Content-Length: many"), "bad_request"),
        Arguments.of("a negative length", request("POST /", "Content-Length: -1"), "bad_request"),
        Arguments.of(
            "two lengths",
            request("POST /", "Content-Length: 1", "Content-Length: 2"),
            "bad_request"),
        Arguments.of(
            "an unknown coding", request("POST /", "Transfer-Encoding: rot13"), "not_implemented"),
        Arguments.of(
            "an unknown expectation", request("GET /", "Expect: wonders"), "expectation_failed"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("whatHttpDoesNotHave")
  void answersAProblemToWhatHttpDoesNotHave(String what, String request, String code)
      throws Exception {
    var answer = exchange(port, request);

    assertThat(answer.problemCode()).as(what).isEqualTo(code);
    assertThat(answer.json().path("status").asInt()).isEqualTo(answer.status());
    assertThat(answer.header("X-Request-ID")).isNotEqualTo("(none)");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.header("Content-Security-Policy")).startsWith("default-src 'none'");
  }

  @Test
  void answersAProblemOnTheManagementPortToo() throws Exception {
    assertThat(exchange(managementPort, request("GET /a%2fb")).problemCode())
        .isEqualTo("bad_request");
    assertThat(exchange(managementPort, request("GET /health?=1")).problemCode())
        .isEqualTo("bad_request");
    assertThat(exchange(managementPort, request("GET /health?%ff")).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=1", "=x", "a=%ff", "a=%zz", "%", "a=%", "%00=1", "a&=", "a=\u00ff", "a[%5d=1|"})
  void refusesAQueryThatCannotBeRead(String query) throws Exception {
    var answer = exchange(port, request("GET " + PATH + "?" + query, key));

    assertThat(answer.problemCode()).isEqualTo("bad_request");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void refusesMoreParametersThanAnyEndpointHas() throws Exception {
    String line = "GET " + PATH + "?";

    // These are read, and there is none of that name.
    assertThat(exchange(port, request(line + "a&".repeat(99), key)).status()).isEqualTo(422);
    assertThat(exchange(port, request(line + "a&".repeat(2_000), key)).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "MULTIPART/FORM-DATA; boundary=",
        "multipart/mixed",
        "multipart/",
      })
  void refusesParts(String type) throws Exception {
    for (String line : new String[] {"GET " + PATH, "POST " + PATH, "POST /api/v1/nothing"}) {
      String body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n";
      var without = exchange(port, request(line, key, "Content-Type: " + type));
      var with =
          exchange(
              port,
              request(line, key, "Content-Type: " + type, "Content-Length: " + body.length())
                  + body);

      assertThat(without.problemCode()).as(line).isEqualTo("unsupported_media_type");
      assertThat(with.problemCode()).as(line).isEqualTo("unsupported_media_type");
      assertThat(with.status()).isEqualTo(415);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "GET"})
  void readsNoForm(String method) throws Exception {
    String form = "Content-Type: application/x-www-form-urlencoded";
    String chunked = "Transfer-Encoding: chunked";
    try (var nobody = RawHttp.connect(port);
        var known = RawHttp.connect(port)) {
      // Both are answered although their bodies go on.
      nobody.send(request(method + " " + PATH, form, chunked) + "a\r\na=bbbbbbbb\r\n");
      known.send(request(method + " " + PATH, form, chunked, key) + "a\r\na=bbbbbbbb\r\n");

      assertThat(nobody.answer().status()).isEqualTo(401);
      assertThat(known.answer().problemCode()).isEqualTo("unsupported_media_type");
    }
  }

  @Test
  void answersAProblemToChunksThatAreNone() throws Exception {
    String chunk = "1\r\nx\r\n";
    for (String chunks :
        List.of(
            "zz\r\n",
            "-1\r\n",
            "fffffffffffffffff\r\n",
            "1\r\nxyz",
            "1;" + "e".repeat(9_000) + "\r\nx\r\n0\r\n\r\n",
            chunk + "0\r\nTrailer: " + "t".repeat(9_000) + "\r\n\r\n")) {
      var answer =
          exchange(
              port, request("POST " + PATH, JSON_TYPE, "Transfer-Encoding: chunked", key) + chunks);
      assertThat(answer.problemCode()).as(chunks).isEqualTo("bad_request");
    }
  }
}
