package io.tallypost.benchmark.load;

import io.tallypost.stack.client.HttpConnection;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The measured mail: 4 KB in two parts, as a shop sends them. */
public final class Mails {
  private static final String TEXT =
      "Your order is on its way. You can follow it at https://shop.example/orders.\n".repeat(16);
  private static final String HTML =
      "<p>Your order is <b>on its way</b>. <a href=\"https://shop.example/orders\">Follow it</a>.</p>\n"
          .repeat(26);
  private static final String BODY =
      JsonMapper.builder()
          .build()
          .writeValueAsString(
              Map.of(
                  "to",
                  "bob@example.org",
                  "subject",
                  "Your order is on its way",
                  "text",
                  TEXT,
                  "html",
                  HTML));

  private Mails() {}

  /** The request that sends it; these headers are whole lines. */
  public static byte[] request(String key, String... headers) {
    return HttpConnection.request("POST", "/api/v1/send", key, BODY, headers);
  }
}
