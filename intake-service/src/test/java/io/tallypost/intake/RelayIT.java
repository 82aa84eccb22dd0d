package io.tallypost.intake;

import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.relays.RelayState;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;

/** Relays that an operator makes and changes, each test under a name of its own. */
abstract class RelayIT extends IntakeIT {
  static final String RELAYS = "/api/v1/admin/relays";

  @Autowired CompactedView<RelayState> view;

  /** One that each test has to itself. */
  String name = "";

  @BeforeEach
  void prepare() {
    name = "relay " + UUID.randomUUID();
  }

  Client.Answer create(String fields) {
    return operator.call(
        "POST",
        RELAYS,
        "{'name': '%s', 'host': '192.0.2.25'%s}".formatted(name, fields).replace('\'', '"'));
  }

  Client.Answer change(Client.Answer relay, String body) {
    return operator.call("PATCH", path(relay), body.replace('\'', '"'));
  }

  static String path(Client.Answer relay) {
    return RELAYS + "/" + relay.text("id");
  }

  static List<ConsumerRecord<byte[], byte[]>> published(Client.Answer relay, int count) {
    return Published.on(Topics.RELAYS, relay.text("id"), count);
  }

  static RelayState state(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), RelayState.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }
}
