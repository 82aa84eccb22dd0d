package io.tallypost.quota.consume;

import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The id of {@code mail.requests}, which tells a topic created again from the former one of the
 * same name. The consumer knows it but does not show it. Belongs to the loop's thread.
 */
final class RequestTopic implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(2);

  private final Admin admin;
  private @Nullable UUID id;
  private @Nullable KafkaFuture<TopicDescription> check;
  private long checkedAt = System.nanoTime();

  RequestTopic(Admin admin) {
    this.admin = admin;
  }

  /** The last known id; null before {@link #refresh()}. */
  @Nullable UUID id() {
    return id;
  }

  /**
   * Asks the broker, and waits for its answer.
   *
   * @return whether the topic is another one than before
   * @throws TimeoutException if the broker does not answer in time
   * @throws ExecutionException if it cannot tell, for instance while there is no such topic
   */
  boolean refresh() throws ExecutionException, TimeoutException {
    try {
      check = null;
      return accept(describe().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Asks from time to time, without waiting. Returns whether the topic is another one. */
  boolean hasChanged() {
    if (check == null) {
      if (System.nanoTime() - checkedAt >= BETWEEN_CHECKS.toNanos()) {
        check = describe();
      }
      return false;
    }
    if (!check.isDone()) {
      return false;
    }
    checkedAt = System.nanoTime();
    var answered = check;
    check = null;
    try {
      return accept(answered.get());
    } catch (ExecutionException e) {
      // Asked again later.
      return false;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private boolean accept(TopicDescription described) {
    var uuid =
        new UUID(
            described.topicId().getMostSignificantBits(),
            described.topicId().getLeastSignificantBits());
    boolean another = id != null && !id.equals(uuid);
    id = uuid;
    return another;
  }

  private KafkaFuture<TopicDescription> describe() {
    return Objects.requireNonNull(
        admin.describeTopics(List.of(Topics.REQUESTS)).topicNameValues().get(Topics.REQUESTS));
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
