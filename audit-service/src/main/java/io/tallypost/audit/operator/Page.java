package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.store.StorableTime;
import io.tallypost.kit.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for. Lists are ordered by time and id, the newest first.
 *
 * @param after where the page before ended; null for the first one
 */
public record Page(int size, @Nullable Place after) {
  private static final int DEFAULT_SIZE = 50;
  private static final int LARGEST_SIZE = 200;

  /** A row's place in its list. */
  public record Place(Instant at, UUID id) {
    String written() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString((at + " " + id).getBytes(UTF_8));
    }

    private static Place read(String cursor) {
      try {
        String[] parts = new String(Base64.getUrlDecoder().decode(cursor), UTF_8).split(" ", -1);
        var at = Instant.parse(parts[0]);
        if (parts.length == 2 && StorableTime.isPlausible(at)) {
          return new Place(at, UUID.fromString(parts[1]));
        }
      } catch (IllegalArgumentException | DateTimeException e) {
        // The same answer as for one with other parts.
      }
      throw new IllegalArgumentException("is not one that an answer had as next_cursor");
    }
  }

  /** Reads {@code limit} and {@code cursor}. */
  public static Page read(JsonObject query) {
    int size = QueryFields.number(query, "limit", DEFAULT_SIZE, LARGEST_SIZE);
    return new Page(size, query.parsed("cursor", Place::read).orElse(null));
  }

  /** One more than asked for, which tells whether there is another page. */
  public int rows() {
    return size + 1;
  }

  /** Before the first row: later than everything. */
  public OffsetDateTime before() {
    return (after == null ? Instant.parse("9999-12-31T00:00:00Z") : after.at())
        .atOffset(ZoneOffset.UTC);
  }

  public UUID beforeId() {
    return after == null ? new UUID(0, 0) : after.id();
  }

  /** The answer, of up to {@link #rows()} rows. */
  public <R, T> Paged<T> of(List<R> rows, Function<R, T> answer, Function<R, Place> place) {
    List<R> shown = rows.subList(0, Math.min(size, rows.size()));
    return new Paged<>(
        shown.stream().map(answer).toList(),
        rows.size() > size ? place.apply(shown.getLast()).written() : null);
  }
}
