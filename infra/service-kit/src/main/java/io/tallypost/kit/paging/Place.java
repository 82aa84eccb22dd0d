package io.tallypost.kit.paging;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.function.Function;

/** A row's place in a list that is ordered by a time and an id. */
public record Place<I>(Instant at, I id) {
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  /** The time as a statement's parameter. */
  public OffsetDateTime utc() {
    return at.atOffset(ZoneOffset.UTC);
  }

  /** The form for clients, who hand it back as it is. */
  String cursor() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString((at + " " + id).getBytes(UTF_8));
  }

  /**
   * Reads what a client handed back.
   *
   * @throws IllegalArgumentException if it is none of ours
   * @throws java.time.DateTimeException if it is none of ours
   */
  static <I> Place<I> read(String cursor, Function<String, I> id) {
    String text = new String(Base64.getUrlDecoder().decode(cursor), UTF_8);
    int space = text.indexOf(' ');
    // PostgreSQL's text has no U+0000.
    if (space < 0 || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("no time and id");
    }
    Instant at = Instant.parse(text.substring(0, space));
    // An Instant goes far beyond the last day that PostgreSQL knows.
    if (at.isBefore(Instant.EPOCH) || at.isAfter(LATEST)) {
      throw new IllegalArgumentException("no time of ours");
    }
    return new Place<>(at, id.apply(text.substring(space + 1)));
  }
}
