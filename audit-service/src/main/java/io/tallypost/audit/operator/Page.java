package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.store.StorableTime;
import io.tallypost.kit.json.FieldProblems;
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
      String[] parts = new String(Base64.getUrlDecoder().decode(cursor), UTF_8).split(" ", -1);
      if (parts.length != 2) {
        throw new IllegalArgumentException("two parts");
      }
      var place = new Place(Instant.parse(parts[0]), UUID.fromString(parts[1]));
      if (!StorableTime.isPlausible(place.at())) {
        throw new IllegalArgumentException("no time of ours");
      }
      return place;
    }
  }

  /** Reads {@code limit} and {@code cursor}. */
  public static Page read(JsonObject query, FieldProblems problems) {
    int size =
        query
            .text("limit")
            .map(text -> {
              if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= LARGEST_SIZE) {
                return Integer.parseInt(text);
              }
              problems.add("/limit", "is a whole number of 1 to " + LARGEST_SIZE);
              return DEFAULT_SIZE;
            })
            .orElse(DEFAULT_SIZE);
    try {
      return new Page(size, query.text("cursor").map(Place::read).orElse(null));
    } catch (IllegalArgumentException | DateTimeException e) {
      problems.add("/cursor", "is not one that an answer had as next_cursor");
      return new Page(size, null);
    }
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
