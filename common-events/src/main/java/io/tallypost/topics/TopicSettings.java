package io.tallypost.topics;

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
 * @param partitions of the topics that every mail goes through; caps the number of useful workers
 * @param smallPartitions of the others
 * @param replicationFactor copies of each record; 3 where there are three brokers
 * @param minInsyncReplicas copies that must have a record before it counts as written; 2 where
 *     there are three brokers
 * @param maxRecord the largest record; must carry the largest request body as an event
 * @param retentionBytes how much of each topic is kept at most
 * @param checkOffsetsRetention whether to stop the start when the broker forgets an idle group's
 *     offsets sooner than its records
 */
@Validated
@ConfigurationProperties("tallypost.topics")
public record TopicSettings(
    @DefaultValue("24") @Min(1) int partitions,
    @DefaultValue("6") @Min(1) int smallPartitions,
    @DefaultValue("1") @Min(1) short replicationFactor,
    @DefaultValue("1") @Min(1) int minInsyncReplicas,
    @DefaultValue("4MB") DataSize maxRecord,
    @DefaultValue @Valid @NestedConfigurationProperty RetentionBytes retentionBytes,
    @DefaultValue("true") boolean checkOffsetsRetention) {}
