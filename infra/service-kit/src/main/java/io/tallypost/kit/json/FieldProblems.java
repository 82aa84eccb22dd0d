package io.tallypost.kit.json;

import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;

/** Collects the problems of one body, so that its sender can fix all at once. */
public final class FieldProblems {
  /** A body of a megabyte can be wrong in a hundred thousand places; nobody reads that many. */
  static final int MOST = 100;

  private final List<FieldProblem> problems = new ArrayList<>();

  /**
   * Adds one.
   *
   * @param pointer where, as a JSON pointer
   * @param detail the fault, in words that follow the field's name
   */
  public void add(String pointer, String detail) {
    if (problems.size() < MOST) {
      problems.add(new FieldProblem(pointer, detail));
    } else if (problems.size() == MOST) {
      problems.add(new FieldProblem("", "has more errors than the " + MOST + " listed here"));
    }
  }

  /**
   * Runs a check.
   *
   * @param check throws {@link IllegalArgumentException} with words that follow the field's name
   */
  public void check(String pointer, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      add(pointer, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Makes a value of what was read.
   *
   * @param value throws {@link IllegalArgumentException} with words that follow the field's name
   * @return empty if there is a problem
   */
  public <T> Optional<T> parsed(String pointer, Supplier<T> value) {
    try {
      return Optional.of(value.get());
    } catch (IllegalArgumentException e) {
      add(pointer, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  public boolean isEmpty() {
    return problems.isEmpty();
  }

  public List<FieldProblem> toList() {
    return List.copyOf(problems);
  }

  /**
   * Ends the request with 422 if there is a fault.
   *
   * @throws ProblemException with all of them
   */
  public void refuseIfAny() {
    if (!problems.isEmpty()) {
      throw problem(problems);
    }
  }

  /** The 422 for a request with this one fault. */
  public static ProblemException only(String pointer, String detail) {
    return problem(List.of(new FieldProblem(pointer, detail)));
  }

  private static ProblemException problem(List<FieldProblem> problems) {
    return new ProblemException(
        HttpStatus.UNPROCESSABLE_CONTENT,
        "validation_failed",
        "The request has errors; all of them are listed.",
        problems);
  }
}
