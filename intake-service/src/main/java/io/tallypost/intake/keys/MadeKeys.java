package io.tallypost.intake.keys;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds what goes when a key is revoked with all that it made: that, and the keys whose secret it
 * learned by a rotation, directly or through such keys.
 */
final class MadeKeys {
  private final ApiKeyStore store;
  private final ConfigTopic<ApiKeyState> topic;

  MadeKeys(ApiKeyStore store, ConfigTopic<ApiKeyState> topic) {
    this.store = store;
    this.topic = topic;
  }

  /**
   * All that goes with a key, held against changes by others until the transaction ends. A key that
   * is on the topic without a row (after PostgreSQL was restored from a backup) is found by its
   * maker.
   *
   * @param spared a key that is left out, with all that it made
   */
  List<ApiKeyState> lock(ApiKeyId maker, ApiKeyId spared) {
    var made = new LinkedHashMap<ApiKeyId, ApiKeyState>();
    Set<ApiKeyId> makers = Set.of(maker);
    while (!makers.isEmpty()) {
      Map<ApiKeyId, ApiKeyState> next = madeBy(makers);
      next.remove(spared);
      next.keySet().removeAll(made.keySet());
      made.putAll(next);
      makers = next.keySet();
    }
    made.remove(maker);
    return List.copyOf(made.values());
  }

  private Map<ApiKeyId, ApiKeyState> madeBy(Set<ApiKeyId> makers) {
    var made = new LinkedHashMap<ApiKeyId, ApiKeyState>();
    store.lockRevokedWith(makers).forEach(row -> made.put(row.state().id(), row.state()));
    topic.known().stream()
        .filter(key -> key.createdBy() != null && makers.contains(key.createdBy()))
        .filter(key -> !made.containsKey(key.id()) && store.find(key.id()).isEmpty())
        .forEach(key -> made.put(key.id(), key));
    return made;
  }
}
