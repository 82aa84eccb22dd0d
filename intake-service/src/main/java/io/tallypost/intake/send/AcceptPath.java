package io.tallypost.intake.send;

import io.tallypost.events.QuotaDecided;
import io.tallypost.intake.replies.ReplyListener;
import org.springframework.stereotype.Component;

/** How the accept path is, for whoever asks about the whole service. */
@Component
public class AcceptPath {
  private final ReplyListener<QuotaDecided> decisions;

  AcceptPath(ReplyListener<QuotaDecided> decisions) {
    this.decisions = decisions;
  }

  /** Whether verdicts are heard. */
  public boolean isReady() {
    return decisions.isPositioned() && decisions.isAlive();
  }
}
