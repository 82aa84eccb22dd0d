package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a relay may not be: values that are wrong, internal addresses, ports that mail does not
 * have.
 */
class RelayRulesIT extends RelayIT {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                  | /name /host
          {'name': ' ', 'host': 'a b'}                                        | /host /name
          {'name': 5, 'host': 5}                                              | /name /host
          {'name': 'x', 'host': 'smtp.example\\r\\nRCPT'}                     | /host
          {'name': 'x', 'host': '127.1'}                                      | /host
          {'name': 'x', 'host': 'http://smtp.example'}                        | /host
          {'name': 'x', 'host': '192.0.2.25', 'port': 0}                      | /port
          {'name': 'x', 'host': '192.0.2.25', 'port': 65536}                  | /port
          {'name': 'x', 'host': '192.0.2.25', 'port': '25'}                   | /port
          {'name': 'x', 'host': '192.0.2.25', 'security': 'ssl'}              | /security
          {'name': 'x', 'host': '192.0.2.25', 'user': 'u'}                    | /password
          {'name': 'x', 'host': '192.0.2.25', 'password': 'p'}                | /user
          {'name': 'x', 'host': '192.0.2.25', 'user': 'u\\n', 'password': ''} | /password /user
          {'name': 'x', 'host': '192.0.2.25', 'tenant': 'unheard-of'}         | /tenant
          {'name': 'x', 'host': '192.0.2.25', 'ehlo_name': 'a\\r\\nb'}        | /ehlo_name
          {'name': 'x', 'host': '192.0.2.25', 'allowed_sender_domains': ['a b', 'b.example', 5]} | /allowed_sender_domains/2 /allowed_sender_domains/0
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': -0.1}     | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': 1e-7}     | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': 1e400}    | /cost_per_recipient
          {'name': 'x', 'host': '192.0.2.25', 'cost_per_recipient': '1'}      | /cost_per_recipient
          {'name': 'x', 'host': '127.0.0.1', 'priority': 1001, 'weight': 0, 'max_connections': 0, 'messages_per_connection': 0, 'rate_per_second': 0, 'rate_per_minute': 1.5, 'enabled': 1, 'colour': 'red'} | /enabled /priority /weight /max_connections /messages_per_connection /rate_per_second /rate_per_minute /colour /host
          """)
  void namesAllThatIsWrongWithANewRelay(String body, String pointers) {
    var answer = operator.call("POST", RELAYS, body.replace('\'', '"'));

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.pointers()).containsExactlyInAnyOrder(pointers.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "localhost",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "168.63.129.16",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "100.64.0.1",
        "224.0.0.1"
      })
  void keepsRelaysOffInternalAddresses(String host) {
    var relay = create("");

    var created = operator.call("POST", RELAYS, "{\"name\": \"x\", \"host\": \"" + host + "\"}");
    var changed = change(relay, "{'host': '" + host + "'}");

    for (var answer : List.of(created, changed)) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.pointers()).containsExactly("/host");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 22, 80, 443, 2524, 2526, 5432, 6379, 9092, 65_535})
  void keepsRelaysToThePortsOfMail(int port) {
    var relay = create("");

    var created =
        operator.call(
            "POST", RELAYS, "{\"name\": \"x\", \"host\": \"192.0.2.25\", \"port\": " + port + "}");
    var changed = change(relay, "{'port': " + port + "}");

    for (var answer : List.of(created, changed)) {
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.pointers()).containsExactly("/port");
      assertThat(answer.body().path("errors").path(0).path("detail").asString())
          .contains("25, 465, 587, 2525");
    }
    assertThat(operator.get(path(relay)).body().path("port").asInt()).isEqualTo(587);
    for (int allowed : new int[] {25, 465, 587, 2525}) {
      assertThat(change(relay, "{'port': " + allowed + "}").status()).isEqualTo(200);
    }
  }
}
