package io.tallypost.stack;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Many callers at once. */
public final class Parallel {
  private Parallel() {}

  /** Makes a number of calls, this many at once, and returns all results. */
  public static <T> List<T> calls(int callers, int calls, IntFunction<T> call) {
    List<Callable<T>> tasks =
        IntStream.range(0, calls).<Callable<T>>mapToObj(i -> () -> call.apply(i)).toList();
    List<T> results = new ArrayList<>();
    try (var pool = Executors.newFixedThreadPool(callers)) {
      for (Future<T> result : pool.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
