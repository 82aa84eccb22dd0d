package io.posthorn.intake.keys;

import io.posthorn.config.CompactedView;
import io.posthorn.keys.ApiKeyState;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Compares the rows with the topic at the start, and publishes again what the topic has not or has
 * older: the topic may have been re-created. What only the topic has is left alone, because a
 * database that was restored from a backup must not take away its keys; it is reported, and can be
 * deleted by its id.
 */
@Component
class TopicRepair {
  private static final Logger log = LoggerFactory.getLogger(TopicRepair.class);

  private final ApiKeyStore store;
  private final ApiKeyRegister keys;
  private final CompactedView<ApiKeyState> view;
  private final TenantRegister tenants;
  private final TransactionTemplate transaction;

  TopicRepair(
      ApiKeyStore store,
      ApiKeyRegister keys,
      CompactedView<ApiKeyState> view,
      TenantRegister tenants,
      TransactionTemplate transaction) {
    this.store = store;
    this.keys = keys;
    this.view = view;
    this.tenants = tenants;
    this.transaction = transaction;
  }

  /** Compares; the views must have caught up. */
  void run() {
    tenants.repair();
    // Before the rows are read: a key that is deleted meanwhile then counts as known.
    List<ApiKeyState> published = List.copyOf(view.values());
    Set<String> rows = new HashSet<>();
    for (ApiKeyRow row : store.all()) {
      ApiKeyState state = row.state();
      rows.add(state.id().value());
      boolean current =
          view.get(state.id().value())
              .filter(seen -> seen.version() >= state.version())
              .isPresent();
      if (!current) {
        log.atInfo().addKeyValue("api_key_id", state.id()).log("API key published again");
        transaction.executeWithoutResult(_ -> keys.publish(state));
        keys.known(state);
      }
    }
    for (ApiKeyState state : published) {
      if (!rows.contains(state.id().value())) {
        log.atWarn()
            .addKeyValue("api_key_id", state.id())
            .log("API key is on the topic and has no row; delete it if it should not be valid");
      }
    }
  }
}
