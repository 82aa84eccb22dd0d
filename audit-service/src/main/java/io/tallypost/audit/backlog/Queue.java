package io.tallypost.audit.backlog;

import io.tallypost.events.Topics;

/**
 * A topic and a group that reads it.
 *
 * @param group the group's name in its service
 * @param holdsMail whether its records are mail on its way
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
