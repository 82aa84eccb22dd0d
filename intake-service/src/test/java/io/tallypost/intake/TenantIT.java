package io.tallypost.intake;

import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.CompactedView;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Tenants over REST. */
abstract class TenantIT extends IntakeIT {
  static final String TENANTS = "/api/v1/admin/tenants";
  static final String MAIL =
      """
      {"from": "shop@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hi."}
      """;

  @Autowired JdbcClient jdbc;
  @Autowired CompactedView<TenantState> view;

  /** One that each test has to itself. */
  String id = "";

  @BeforeEach
  void prepare() {
    id = "t-" + UUID.randomUUID();
    quota.answer(Quota.APPROVING);
  }

  Client.Answer create(String tenant, String fields) {
    return operator.call(
        "POST",
        TENANTS,
        "{'id': '%s', 'name': 'Tenant %s'%s}".formatted(tenant, tenant, fields).replace('\'', '"'));
  }

  Client holder(String tenant, String fields) {
    return client.with(newKey(operator, "'tenant': '" + tenant + "'" + fields).text("api_key"));
  }

  static TenantState tenant(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), TenantState.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }
}
