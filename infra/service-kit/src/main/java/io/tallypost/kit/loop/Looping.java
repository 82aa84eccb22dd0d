package io.tallypost.kit.loop;

import org.springframework.context.SmartLifecycle;

/** A bean whose work is a {@link Loop}, from the application's start to its stop. */
public interface Looping extends SmartLifecycle {

  /** Its loop, always the same. */
  Loop loop();

  /** Whether the service is ready only once the loop is a member of its group. */
  default boolean joins() {
    return false;
  }

  @Override
  default void start() {
    loop().start();
  }

  @Override
  default void stop() {
    loop().stop();
  }

  /** Beside the others that are told to stop at the same time. */
  @Override
  default void stop(Runnable callback) {
    loop().askToStop();
    Thread.ofVirtual()
        .start(() -> {
          try {
            stop();
          } finally {
            callback.run();
          }
        });
  }

  @Override
  default boolean isRunning() {
    return loop().isRunning();
  }
}
