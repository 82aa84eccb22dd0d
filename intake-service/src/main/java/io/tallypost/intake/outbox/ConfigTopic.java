package io.tallypost.intake.outbox;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventJson;
import io.tallypost.kit.view.CompactedView;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings one kind of config from its rows to its topic and to this process's view. Each change is
 * one transaction: the row with a higher version, and the outbox's entry. This process knows the
 * change at once, the others learn it from the topic.
 *
 * @param <S> the state on the topic
 */
public final class ConfigTopic<S extends Versioned> {
  private static final Logger log = LoggerFactory.getLogger(ConfigTopic.class);

  private final Kind<S> kind;
  private final CompactedView<S> view;
  private final Outlet outlet;

  /** Connects a kind of config with its view; see {@link Outlet#topic}. */
  ConfigTopic(Kind<S> kind, CompactedView<S> view, Outlet outlet) {
    this.kind = kind;
    this.view = view;
    this.outlet = outlet;
  }

  /**
   * A kind of config.
   *
   * @param topic where its states go
   * @param id the key of a state's record
   * @param rows reads the states of the rows that have changed since then, or of more
   * @param locked reads the state of one row, by its id, and locks it until the transaction ends
   */
  public record Kind<S extends Versioned>(
      String topic,
      Function<S, String> id,
      Function<Instant, List<S>> rows,
      Function<String, Optional<S>> locked) {}

  /** What every kind of config needs. */
  public record Outlet(
      Outbox outbox,
      Tombstones tombstones,
      OutboxPublisher publisher,
      TransactionTemplate transaction) {

    /** A kind of config that leaves by here. */
    public <S extends Versioned> ConfigTopic<S> topic(Kind<S> kind, CompactedView<S> view) {
      return new ConfigTopic<>(kind, view, this);
    }
  }

  /** Whether the view knows what was on the topic at the start. */
  public boolean isCaughtUp() {
    return view.isCaughtUp();
  }

  /** The last state known here, by its id. */
  public Optional<S> known(String id) {
    return view.get(id);
  }

  /** All states known here. */
  public Collection<S> known() {
    return view.values();
  }

  /** Whether it was deleted recently, as PostgreSQL knows it. */
  public boolean isDeleted(String id) {
    return outlet.tombstones().has(kind.topic(), id);
  }

  /** Puts a state on its way to the topic, in the caller's transaction. */
  public void publish(S state) {
    outlet.outbox().add(kind.topic(), id(state), EventJson.write(state), state.version());
  }

  /** Lets this process know a committed state before the topic tells it. */
  public void committed(S state) {
    view.put(id(state), state.version(), state);
    outlet.publisher().wake();
  }

  /** Puts a deletion on its way to the topic, in the caller's transaction. */
  public void publishDeletion(String id, long version, Instant now) {
    outlet.outbox().add(kind.topic(), id, null, version);
    outlet.tombstones().add(new Tombstones.Tombstone(kind.topic(), id, version), now);
  }

  /** Lets this process know a committed deletion. */
  public void committedDeletion(String id, long version) {
    view.put(id, version, null);
    outlet.publisher().wake();
  }

  /**
   * Compares the rows with the topic, whose view must have caught up, and publishes again what the
   * topic has not or has older: it may have been re-created. What only the topic has is left alone,
   * because a database that was restored from a backup must not take it away; it is reported, and
   * can be deleted by its id.
   */
  public void repair() {
    // Before the rows are read, so that what is deleted in between counts as known.
    List<S> published = List.copyOf(view.values());
    Set<String> rows = new HashSet<>();
    for (S state : kind.rows().apply(Instant.EPOCH)) {
      rows.add(id(state));
      boolean current =
          view.get(id(state)).filter(seen -> seen.version() >= state.version()).isPresent();
      if (!current) {
        log.atInfo()
            .addKeyValue("topic", kind.topic())
            .addKeyValue("key", id(state))
            .log("config published again");
        publishAgain(id(state)).ifPresent(this::committed);
      }
    }
    published.stream()
        .map(this::id)
        .filter(id -> !rows.contains(id))
        .forEach(id ->
            log.atWarn()
                .addKeyValue("topic", kind.topic())
                .addKeyValue("key", id)
                .log("config is on the topic and has no row; delete it if it should not hold"));
  }

  /**
   * As the row is now: the state of one that was deleted since it was read would stand on the topic
   * behind its own deletion, and hold again wherever the topic is read from its beginning.
   */
  private Optional<S> publishAgain(String id) {
    return outlet
        .transaction()
        .execute(_ -> {
          Optional<S> standing = kind.locked().apply(id);
          standing.ifPresent(this::publish);
          return standing;
        });
  }

  /** Takes what has changed since then from the rows into the view. */
  void reread(Instant since, List<Tombstones.Tombstone> deleted) {
    kind.rows().apply(since).forEach(state -> view.put(id(state), state.version(), state));
    deleted.stream()
        .filter(tombstone -> tombstone.topic().equals(kind.topic()))
        .forEach(tombstone -> view.put(tombstone.key(), tombstone.version(), null));
  }

  private String id(S state) {
    return kind.id().apply(state);
  }
}
