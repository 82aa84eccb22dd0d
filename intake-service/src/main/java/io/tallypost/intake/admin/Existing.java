package io.tallypost.intake.admin;

import io.tallypost.kit.problems.ProblemException;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.http.HttpStatus;

/**
 * Finds things by the ids in paths; a malformed id is like an unknown one.
 *
 * @param kind what is looked for, in words for the client
 * @param form makes an id, or throws {@link IllegalArgumentException}
 */
public record Existing<I>(String kind, Function<String, I> form) {

  /**
   * Does something with a thing.
   *
   * @param work empty if there is no such thing
   * @throws ProblemException 404 if there is none
   */
  public <T> T or404(String id, Function<I, Optional<T>> work) {
    return parsed(id)
        .flatMap(work)
        .orElseThrow(() ->
            new ProblemException(
                HttpStatus.NOT_FOUND, "not_found", "There is no " + kind + " with this id."));
  }

  private Optional<I> parsed(String id) {
    try {
      return Optional.of(form.apply(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
