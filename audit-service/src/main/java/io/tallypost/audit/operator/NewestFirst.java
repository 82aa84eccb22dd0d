package io.tallypost.audit.operator;

import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.paging.ListOrder;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Place;
import java.time.Instant;
import java.util.UUID;

/** The order of all lists. */
public final class NewestFirst {
  /** Later than everything. */
  public static final Place<UUID> START =
      new Place<>(Instant.parse("9999-12-31T00:00:00Z"), new UUID(0, 0));

  private static final ListOrder<UUID> ORDER = new ListOrder<>(START, UUID::fromString);

  private NewestFirst() {}

  /** Reads {@code limit} and {@code cursor}. */
  public static Page<UUID> page(JsonObject query) {
    return ORDER.page(query.text("limit"), query.text("cursor"), query.problems());
  }
}
