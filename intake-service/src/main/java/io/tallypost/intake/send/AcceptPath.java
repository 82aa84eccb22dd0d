package io.tallypost.intake.send;

import io.tallypost.events.QuotaDecided;
import io.tallypost.intake.replies.ReplyListener;

/** The state of the accept path, for the health endpoint. */
public class AcceptPath {
  private final ReplyListener<QuotaDecided> decisions;

  AcceptPath(ReplyListener<QuotaDecided> decisions) {
    this.decisions = decisions;
  }

  /** Whether verdicts are received. */
  public boolean isReady() {
    return decisions.isPositioned() && decisions.loop().isAlive();
  }
}
