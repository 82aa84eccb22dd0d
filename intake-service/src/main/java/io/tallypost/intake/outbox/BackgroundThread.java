package io.tallypost.intake.outbox;

import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** A thread behind the requests, which runs from the start of the application to its stop. */
public final class BackgroundThread implements SmartLifecycle {

  /** What it does; being interrupted ends it. */
  @FunctionalInterface
  public interface Work {
    void run() throws InterruptedException;
  }

  private final String name;
  private final Work work;
  private volatile @Nullable Thread thread;

  /** One of this name, not started yet. */
  public BackgroundThread(String name, Work work) {
    this.name = name;
    this.work = work;
  }

  @Override
  public void start() {
    thread = Thread.ofPlatform().name(name).daemon().start(this::untilInterrupted);
  }

  private void untilInterrupted() {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stop() {
    Thread stopped = thread;
    thread = null;
    if (stopped != null) {
      stopped.interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** As long as requests are answered. */
  @Override
  public int getPhase() {
    return 0;
  }
}
