package io.posthorn.intake.keys;

import io.posthorn.config.CompactedView;
import io.posthorn.events.Topics;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.TenantState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * Takes recent changes from PostgreSQL into the views, in case Kafka's events are late. The views
 * go by the version, so it does not matter which of the two is first.
 */
@Component
class ConfigReread {
  /** Replicas' clocks differ, and a row is seen only when its transaction has ended. */
  private static final Duration OVERLAP = Duration.ofMinutes(5);

  /** Longer than any replica is without both Kafka and PostgreSQL and still believed. */
  private static final Duration TOMBSTONES_KEPT = Duration.ofDays(7);

  private final ApiKeyStore keys;
  private final TenantStore tenants;
  private final Tombstones tombstones;
  private final CompactedView<ApiKeyState> keyView;
  private final CompactedView<TenantState> tenantView;
  private Instant last = Instant.EPOCH;

  ConfigReread(
      ApiKeyStore keys,
      TenantStore tenants,
      Tombstones tombstones,
      CompactedView<ApiKeyState> keyView,
      CompactedView<TenantState> tenantView) {
    this.keys = keys;
    this.tenants = tenants;
    this.tombstones = tombstones;
    this.keyView = keyView;
    this.tenantView = tenantView;
  }

  /** One round; the next begins where the last good one began. */
  void run(Instant now) {
    Instant since = last.equals(Instant.EPOCH) ? last : last.minus(OVERLAP);
    List<Tombstones.Tombstone> deleted = tombstones.since(since);
    for (ApiKeyRow row : keys.changedSince(since)) {
      keyView.put(row.state().id().value(), row.state().version(), row.state());
    }
    for (TenantRow row : tenants.all()) {
      tenantView.put(row.state().id().value(), row.state().version(), row.state());
    }
    for (Tombstones.Tombstone tombstone : deleted) {
      var view = tombstone.topic().equals(Topics.API_KEYS) ? keyView : tenantView;
      view.put(tombstone.key(), tombstone.version(), null);
    }
    tombstones.forgetBefore(now.minus(TOMBSTONES_KEPT));
    last = now;
  }
}
