package io.posthorn.intake.send;

import org.springframework.stereotype.Component;

/** How the accept path is, for whoever asks about the whole service. */
@Component
public class AcceptPath {
  private final DecisionListener decisions;

  AcceptPath(DecisionListener decisions) {
    this.decisions = decisions;
  }

  /** Whether verdicts are heard. */
  public boolean isReady() {
    return decisions.isPositioned() && decisions.isAlive();
  }
}
