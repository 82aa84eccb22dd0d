package io.tallypost.intake;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Keys over REST. */
abstract class KeyIT extends IntakeIT {
  static final String KEYS = "/api/v1/admin/api-keys";

  static final String MAIL =
      """
      {"from": "shop@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hi."}
      """;

  @Autowired JdbcClient jdbc;

  Client holder(Client.Answer created) {
    return client.with(created.text("api_key"));
  }

  static String path(Client.Answer created) {
    return KEYS + "/" + created.text("id");
  }
}
