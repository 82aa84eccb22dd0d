package io.tallypost.audit.status;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of the whole system, as far as the audit service can see. Parts that did not answer are
 * left out.
 *
 * @param version this service's build; absent where it does not run from its jar
 * @param startedAt when this service's process started
 * @param kafka whether it answered; {@code groups} is absent if not
 * @param groups the consumer groups, by name
 * @param unaccounted accepted messages that nothing has been heard of for too long
 * @param deadLettersWaiting dead letters that were neither replayed nor discarded, by category
 * @param relays the relays that had mail in the last five minutes, by name
 */
record SystemStatus(
    @Nullable String version,
    Instant startedAt,
    long uptimeSeconds,
    State kafka,
    State postgresql,
    @Nullable List<ConsumerGroup> groups,
    @Nullable Long unaccounted,
    @Nullable Map<String, Long> deadLettersWaiting,
    @Nullable List<RelayActivity> relays) {

  enum State {
    UP,
    DOWN;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A consumer group: a service's processes that share its topics' partitions.
   *
   * @param state Kafka's word for it, as stable, empty or preparing_rebalance
   * @param backlog records that are written and not yet committed as read, over all its topics;
   *     transaction markers count, so some tens are normal
   */
  record ConsumerGroup(
      String group,
      String state,
      List<GroupMember> members,
      long backlog,
      List<GroupTopic> topics) {}

  /**
   * A process, or a reading thread of one.
   *
   * @param partitions how many it reads
   */
  record GroupMember(String clientId, String host, int partitions) {}

  record GroupTopic(String topic, int partitions, long backlog) {}
}
