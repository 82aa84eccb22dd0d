package io.tallypost.intake.relays;

import io.tallypost.relays.RelayState;
import java.time.Instant;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Column;
import org.springframework.data.relational.core.mapping.Table;

/** A relay as its row has it: its state, and what the database and the admin API need beside it. */
@Table(schema = "intake", name = "relay")
record RelayRow(
    @Id String id,
    String tenant,
    String name,
    @Column("state") Json json,
    Instant createdAt,
    Instant updatedAt) {

  static RelayRow of(RelayState relay, Instant createdAt, Instant updatedAt) {
    return new RelayRow(
        relay.id().value(),
        relay.tenant().value(),
        relay.name(),
        Json.of(relay),
        createdAt,
        updatedAt);
  }

  RelayState state() {
    return json.as(RelayState.class);
  }
}
