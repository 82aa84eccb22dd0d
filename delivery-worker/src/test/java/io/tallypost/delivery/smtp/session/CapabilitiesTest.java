package io.tallypost.delivery.smtp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {

  @Test
  void readsWhatRelaysOfferInAnyCase() {
    var offered =
        Capabilities.of(
            List.of(
                "pipelining",
                "Size 1000",
                "8BITMIME",
                "SMTPUTF8",
                "DSN",
                "STARTTLS",
                "enhancedstatuscodes",
                "auth  login\tplain "));

    assertThat(offered.pipelining()).isTrue();
    assertThat(offered.size()).isTrue();
    assertThat(offered.eightBitMime()).isTrue();
    assertThat(offered.smtpUtf8()).isTrue();
    assertThat(offered.dsn()).isTrue();
    assertThat(offered.startTls()).isTrue();
    assertThat(offered.enhancedStatusCodes()).isTrue();
    assertThat(offered.auth()).isTrue();
    assertThat(offered.mechanisms()).containsExactly("LOGIN", "PLAIN");
  }

  @Test
  void readsTheOldFormOfAuth() {
    assertThat(Capabilities.of(List.of("AUTH=LOGIN PLAIN")).mechanisms())
        .containsExactly("LOGIN", "PLAIN");
  }

  /** It stays as long as the connection, and there may be a thousand of them. */
  @Test
  void keepsNothingOfWhatItDoesNotKnow() {
    List<String> lines =
        IntStream.range(0, 99)
            .mapToObj(line ->
                IntStream.range(0, 500)
                    .mapToObj(i -> " M" + line + "-" + i)
                    .collect(Collectors.joining("", line % 2 == 0 ? "AUTH" : "AUTH=X", "")))
            .toList();

    var offered = Capabilities.of(lines);

    assertThat(offered.auth()).isTrue();
    assertThat(offered.mechanisms()).isEmpty();
    assertThat(Capabilities.of(List.of("AUTH")).auth()).isFalse();
  }

  @Test
  void takesNothingForAnOfferThatOnlyLooksLikeOne() {
    var offered = Capabilities.of(List.of("XPIPELINING", "STARTTLSNOT", "no SIZE", ""));

    assertThat(offered).isEqualTo(Capabilities.NONE);
  }
}
