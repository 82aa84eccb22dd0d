package io.tallypost.kit.kafka;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How topics are created; those that exist are left as they are.
 *
 * @param partitions partitions of the topics that every mail passes; the most workers that have
 *     something to do
 * @param smallPartitions partitions of the other topics
 * @param replicationFactor copies of each record; 3 with three brokers
 * @param minInsyncReplicas copies that must hold a record before it counts as written; 2 with three
 *     brokers
 * @param maxRecord the largest record; must hold the largest request body as an event
 * @param retentionBytes how much of each topic is kept at most
 * @param checkOffsetsRetention whether the start fails if the broker forgets an idle group's
 *     offsets before its records
 */
@Validated
@ConfigurationProperties("tallypost.topics")
record TopicSettings(
    @DefaultValue("24") @Min(1) int partitions,
    @DefaultValue("6") @Min(1) int smallPartitions,
    @DefaultValue("1") @Min(1) short replicationFactor,
    @DefaultValue("1") @Min(1) int minInsyncReplicas,
    @DefaultValue("4MB") DataSize maxRecord,
    @DefaultValue @Valid @NestedConfigurationProperty RetentionBytes retentionBytes,
    @DefaultValue("true") boolean checkOffsetsRetention) {}
