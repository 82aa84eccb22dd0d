package io.tallypost.intake.admin;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.paging.ListOrder;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.paging.Place;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The order of all lists of config. */
public final class OldestFirst {
  private static final ListOrder<String> ORDER =
      new ListOrder<>(new Place<>(Instant.EPOCH, ""), Function.identity());

  private OldestFirst() {}

  /**
   * Reads which page a request asks for.
   *
   * @throws io.tallypost.kit.problems.ProblemException 422 if limit or cursor make no sense
   */
  public static Page<String> page(@Nullable String limit, @Nullable String cursor) {
    var problems = new FieldProblems();
    Page<String> page =
        ORDER.page(Optional.ofNullable(limit), Optional.ofNullable(cursor), problems);
    problems.refuseIfAny();
    return page;
  }
}
