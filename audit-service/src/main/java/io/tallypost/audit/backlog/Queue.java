package io.tallypost.audit.backlog;

import io.tallypost.events.Topics;

/**
 * A topic and a group that reads it.
 *
 * @param group as its service calls it
 * @param holdsMail whether what waits there is mail on its way
 */
record Queue(String group, String topic, boolean holdsMail) {
  private static final String RETRY = "mail.retry.";

  /** The queue of a retry topic, whose records wait for their time. */
  static Queue retry(String topic) {
    return new Queue("delivery-retry", topic, true);
  }

  /** Whether {@link Topics#retry} names topics so. */
  static boolean isRetryTopic(String topic) {
    return topic.startsWith(RETRY);
  }

  boolean isRetry() {
    return isRetryTopic(topic);
  }
}
