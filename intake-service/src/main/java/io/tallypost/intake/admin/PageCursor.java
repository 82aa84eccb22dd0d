package io.tallypost.intake.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.kit.json.FieldProblems;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The place between two pages of a list that is ordered by age and id. */
public record PageCursor(Instant at, String id) {
  static final int DEFAULT_SIZE = 50;
  static final int LARGEST_SIZE = 200;

  /** The form for clients, who hand it back as it is. */
  public String written() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString((at + " " + id).getBytes(UTF_8));
  }

  /**
   * Reads what a client handed back.
   *
   * @throws io.tallypost.kit.problems.ProblemException 422 if it is none of ours
   */
  public static Optional<PageCursor> read(@Nullable String written) {
    if (written == null) {
      return Optional.empty();
    }
    try {
      String text = new String(Base64.getUrlDecoder().decode(written), UTF_8);
      int space = text.indexOf(' ');
      if (space < 0 || text.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("two parts");
      }
      Instant at = Instant.parse(text.substring(0, space));
      if (at.isBefore(Instant.EPOCH) || at.isAfter(Instant.parse("9999-12-31T00:00:00Z"))) {
        throw new IllegalArgumentException("no time of ours");
      }
      return Optional.of(new PageCursor(at, text.substring(space + 1)));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw FieldProblems.only("/cursor", "is not one that an answer had as next_cursor");
    }
  }

  /**
   * Reads how many a client wants.
   *
   * @throws io.tallypost.kit.problems.ProblemException 422 if it is no such number
   */
  public static int size(@Nullable String limit) {
    if (limit == null) {
      return DEFAULT_SIZE;
    }
    if (!limit.matches("[1-9][0-9]{0,2}") || Integer.parseInt(limit) > LARGEST_SIZE) {
      throw FieldProblems.only("/limit", "must be a whole number of 1 to " + LARGEST_SIZE);
    }
    return Integer.parseInt(limit);
  }
}
