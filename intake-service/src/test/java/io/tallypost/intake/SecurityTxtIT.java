package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.RawHttp;
import org.junit.jupiter.api.Test;

/** What is shown to people who look, where an operator has set it so. */
class SecurityTxtIT extends SetOtherwiseIT {
  @Test
  void tellsAnybodyWhomToTell() throws Exception {
    var answer = RawHttp.exchange(port, RawHttp.request("GET /.well-known/security.txt"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualToIgnoringCase("text/plain;charset=utf-8");
    assertThat(answer.body())
        .isEqualTo(
            """
            Contact: mailto:security@acme.example
            Contact: https://acme.example/report
            Expires: 2027-06-30T00:00:00Z
            Preferred-Languages: en, de
            Canonical: https://mail.example/.well-known/security.txt
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void showsNoPageWhereItIsSwitchedOff() throws Exception {
    for (String path : new String[] {"/swagger-ui", "/swagger-ui/index.html"}) {
      var answer =
          RawHttp.exchange(port, RawHttp.request("GET " + path, "X-API-Key: " + operatorKey()));
      assertThat(answer.problemCode()).as(path).isEqualTo("not_found");
    }
    assertThat(client.with(null).get("/openapi.json").status()).isEqualTo(200);
  }
}
