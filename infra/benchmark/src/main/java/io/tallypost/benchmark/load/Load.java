package io.tallypost.benchmark.load;

import io.tallypost.benchmark.sink.WallClock;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.LongFunction;

/**
 * Clients that send requests, each over a kept-alive connection of its own.
 *
 * @param clients how many at once
 * @param connections opens the connection of a client
 * @param requests makes the request with this number
 */
public record Load(
    int clients, IntFunction<HttpConnection> connections, LongFunction<byte[]> requests) {
  private static final String MESSAGE_ID = "\"internet_message_id\":\"";

  /** Open model: requests are due at a constant rate; latency counts from when one was due. */
  public List<Sent> offer(Schedule schedule, BooleanSupplier stopped) {
    var next = new AtomicLong();
    long start = System.nanoTime();
    return all(connection -> {
      List<Sent> sent = new ArrayList<>();
      long index = next.getAndIncrement();
      while (index < schedule.count() && !stopped.getAsBoolean()) {
        long due = start + schedule.dueNanos(index);
        awaitNanoTime(due);
        sent.add(send(connection, index, due));
        index = next.getAndIncrement();
      }
      return sent;
    });
  }

  public List<Sent> offer(Schedule schedule) {
    return offer(schedule, () -> false);
  }

  /** Closed model: each client sends its next request as soon as it has its answer. */
  public List<Sent> push(Duration duration, long most) {
    var next = new AtomicLong();
    long end = System.nanoTime() + duration.toNanos();
    return all(connection -> {
      List<Sent> sent = new ArrayList<>();
      long index = next.getAndIncrement();
      while (index < most && System.nanoTime() < end) {
        sent.add(send(connection, index, System.nanoTime()));
        index = next.getAndIncrement();
      }
      return sent;
    });
  }

  private interface Work {
    List<Sent> with(HttpConnection connection);
  }

  private List<Sent> all(Work work) {
    List<Callable<List<Sent>>> tasks = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      int number = client;
      tasks.add(() -> {
        try (HttpConnection connection = connections.apply(number)) {
          return work.with(connection);
        }
      });
    }
    List<Sent> sent = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      for (var done : threads.invokeAll(tasks)) {
        sent.addAll(done.get());
      }
      return sent;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Sent send(HttpConnection connection, long index, long due) {
    int status = 0;
    String messageId = "";
    try {
      HttpConnection.Answer answer = connection.exchange(requests.apply(index));
      status = answer.status();
      messageId = messageId(answer.body());
    } catch (IOException noAnswer) {
      // Counted as status 0.
    }
    var latency = Duration.ofNanos(System.nanoTime() - due);
    return new Sent(status, WallClock.at(due), latency, messageId);
  }

  private static String messageId(String body) {
    int start = body.indexOf(MESSAGE_ID);
    return start < 0
        ? ""
        : body.substring(
            start + MESSAGE_ID.length(), body.indexOf('"', start + MESSAGE_ID.length()));
  }

  private static void awaitNanoTime(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
