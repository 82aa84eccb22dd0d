package io.tallypost.faults.kafka;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;

/** Who has the partitions of a consumer group, as its coordinator says. */
public final class Owners implements AutoCloseable {
  private final Admin admin;
  private final String group;

  public Owners(String bootstrapServers, String group) {
    this.admin = Kafka.admin(bootstrapServers);
    this.group = group;
  }

  /** The ids of the members, including dead ones whose session is not over. */
  public Set<String> members() {
    return describe().stream()
        .flatMap(description -> description.members().stream())
        .map(MemberDescription::consumerId)
        .collect(Collectors.toSet());
  }

  /** Whether the group has lost one of these members, and others have all of its partitions. */
  public boolean haveReplaced(Set<String> members, int partitions) {
    return describe().stream()
        .filter(description -> description.groupState() == GroupState.STABLE)
        .map(ConsumerGroupDescription::members)
        .anyMatch(now -> !ids(now).containsAll(members) && owned(now) == partitions);
  }

  /** Whether this many members have all of its partitions, each some of them. */
  public boolean share(int members, int partitions) {
    return describe().stream()
        .filter(description -> description.groupState() == GroupState.STABLE)
        .map(ConsumerGroupDescription::members)
        .anyMatch(now ->
            owned(now) == partitions
                && now.size() == members
                && now.stream().noneMatch(one -> one.assignment().topicPartitions().isEmpty()));
  }

  private static Set<String> ids(Collection<MemberDescription> members) {
    return members.stream().map(MemberDescription::consumerId).collect(Collectors.toSet());
  }

  private static int owned(Collection<MemberDescription> members) {
    return members.stream().mapToInt(one -> one.assignment().topicPartitions().size()).sum();
  }

  /** None while the coordinator does not answer. */
  private List<ConsumerGroupDescription> describe() {
    try {
      return List.copyOf(admin.describeConsumerGroups(List.of(group)).all().get().values());
    } catch (ExecutionException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
