package io.tallypost.kit.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How tests wait for what must become true: with much patience, and without a needless pause. */
public final class Waits {
  /** A loaded machine is slow, and a test that passes does not wait for so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Waits() {}

  /** Looks at once, then ten times a second. */
  public static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).atMost(PATIENCE);
  }
}
