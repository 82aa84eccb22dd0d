package io.tallypost.quota.decide;

import java.util.UUID;

/**
 * The place of a request.
 *
 * @param topicId the topic's id, which a topic created again under the same name does not share
 */
public record Source(UUID topicId, int partition, long offset) {}
