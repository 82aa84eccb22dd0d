package io.tallypost.audit.log;

import io.tallypost.audit.deadletter.StoredLetter;
import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.QuotaDecided;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Logs recorded events: ends at level info, other steps at debug. */
final class Remarks {
  private static final Logger log = LoggerFactory.getLogger(Remarks.class);

  private Remarks() {}

  static void recorded(TimelineEntry entry) {
    log.atLevel(isEnd(entry.fact()) ? Level.INFO : Level.DEBUG)
        .addKeyValue("message_id", entry.context().messageId())
        .addKeyValue("tenant_id", entry.context().tenant())
        .addKeyValue("api_key_id", entry.context().apiKeyId())
        .addKeyValue("request_id", entry.requestId())
        .addKeyValue("operation", entry.fact().event())
        .log("event recorded");
  }

  static void recorded(StoredLetter letter) {
    log.atInfo()
        .addKeyValue("message_id", letter.context() == null ? null : letter.context().messageId())
        .addKeyValue("request_id", letter.requestId())
        .addKeyValue("dead_letter_id", letter.id())
        .addKeyValue("operation", letter.letter().category().wireName())
        .log("dead letter recorded");
  }

  private static boolean isEnd(Fact fact) {
    return switch (fact) {
      case Fact.Requested requested -> false;
      case Fact.Decided decided -> decided.verdict() == QuotaDecided.Verdict.REJECTED;
      case Fact.AttemptResult attempted -> attempted.end() != Fact.End.DEFERRED;
      case Fact.Replayed replayed -> true;
      case Fact.Redriven redriven -> true;
      case Fact.Discarded discarded -> true;
    };
  }
}
