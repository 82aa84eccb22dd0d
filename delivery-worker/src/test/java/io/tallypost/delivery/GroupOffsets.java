package io.tallypost.delivery;

import io.tallypost.kit.testing.Backends;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What a group has committed for one partition. */
record GroupOffsets(String group, TopicPartition partition) {
  /** 0 if it has committed nothing. */
  OffsetAndMetadata read() {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      OffsetAndMetadata offset =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(partition);
      // Without the leader's epoch, which is not what tests are about.
      return offset == null
          ? new OffsetAndMetadata(0)
          : new OffsetAndMetadata(offset.offset(), offset.metadata());
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sets it, as long as the group has no members. */
  void write(OffsetAndMetadata offset) {
    try (var admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()))) {
      admin.alterConsumerGroupOffsets(group, Map.of(partition, offset)).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
