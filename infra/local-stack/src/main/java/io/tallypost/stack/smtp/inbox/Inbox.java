package io.tallypost.stack.smtp.inbox;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** What a sink has received, in that order; the oldest make room when there are too many. */
public final class Inbox {

  private final int maxMails;
  private final long maxBytes;
  private final Deque<Entry> kept = new ArrayDeque<>();
  private long keptBytes;
  private long received;

  public Inbox(int maxMails, long maxBytes) {
    this.maxMails = maxMails;
    this.maxBytes = maxBytes;
  }

  /** A mail and its number; the first one received has 1. */
  public record Entry(long id, ReceivedMail mail) {}

  public synchronized long add(ReceivedMail mail) {
    received++;
    kept.addLast(new Entry(received, mail));
    keptBytes += mail.raw().length;
    while (kept.size() > 1 && (kept.size() > maxMails || keptBytes > maxBytes)) {
      keptBytes -= kept.removeFirst().mail().raw().length;
    }
    return received;
  }

  /** The reply to this mail could not be written after all. */
  public synchronized void notAcknowledged(long id) {
    List<Entry> entries = new ArrayList<>(kept);
    kept.clear();
    for (Entry entry : entries) {
      kept.addLast(entry.id() == id ? new Entry(id, entry.mail().acknowledged(false)) : entry);
    }
  }

  /** How many were received since the start, also those that made room or were cleared. */
  public synchronized long received() {
    return received;
  }

  public synchronized List<ReceivedMail> mails() {
    return kept.stream().map(Entry::mail).toList();
  }

  /** The kept mails with a greater number than this, oldest first. */
  public synchronized List<Entry> since(long id, int limit) {
    return kept.stream().filter(entry -> entry.id() > id).limit(limit).toList();
  }

  public synchronized Optional<ReceivedMail> mail(long id) {
    return kept.stream().filter(entry -> entry.id() == id).map(Entry::mail).findFirst();
  }

  public synchronized void clear() {
    kept.clear();
    keptBytes = 0;
  }
}
