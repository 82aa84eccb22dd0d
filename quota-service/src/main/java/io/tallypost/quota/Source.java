package io.tallypost.quota;

import java.util.UUID;

/**
 * The place of a request.
 *
 * @param topicId the topic's id, which a topic created again under the same name does not share
 */
record Source(UUID topicId, int partition, long offset) {}
