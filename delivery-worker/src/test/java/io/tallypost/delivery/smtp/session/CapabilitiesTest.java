package io.tallypost.delivery.smtp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
    assertThat(offered.authentication()).containsExactly("LOGIN", "PLAIN");
  }

  @Test
  void readsTheOldFormOfAuth() {
    assertThat(Capabilities.of(List.of("AUTH=LOGIN PLAIN")).authentication())
        .containsExactly("LOGIN", "PLAIN");
  }

  @Test
  void takesNothingForAnOfferThatOnlyLooksLikeOne() {
    var offered = Capabilities.of(List.of("XPIPELINING", "STARTTLSNOT", "no SIZE", ""));

    assertThat(offered).isEqualTo(Capabilities.NONE);
  }
}
