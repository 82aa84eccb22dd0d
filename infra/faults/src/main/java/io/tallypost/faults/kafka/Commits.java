package io.tallypost.faults.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Watches how long a consumer group commits nothing new. */
public final class Commits implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Admin admin;
  private final String group;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread watch = Thread.ofPlatform().name("commits").unstarted(this::look);
  private Map<TopicPartition, OffsetAndMetadata> last = Map.of();
  private long since = System.nanoTime();
  private Duration longest = Duration.ZERO;

  private Commits(Admin admin, String group) {
    this.admin = admin;
    this.group = group;
  }

  public static Commits watch(String bootstrapServers, String group) {
    var commits = new Commits(Kafka.admin(bootstrapServers), group);
    commits.watch.start();
    return commits;
  }

  private void look() {
    try {
      while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        saw(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Finished records beyond the offset are in the commit's metadata: they count as well. */
  private synchronized void saw(Map<TopicPartition, OffsetAndMetadata> committed) {
    long now = System.nanoTime();
    Duration silence = Duration.ofNanos(now - since);
    longest = silence.compareTo(longest) > 0 ? silence : longest;
    if (!committed.equals(last)) {
      last = committed;
      since = now;
    }
  }

  /** Counts from now on. */
  public synchronized void forget() {
    longest = Duration.ZERO;
    since = System.nanoTime();
  }

  public synchronized Duration longestSilence() {
    return longest;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    admin.close();
  }
}
