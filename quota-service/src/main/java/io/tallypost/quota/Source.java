package io.tallypost.quota;

import java.util.UUID;

/**
 * Where a request stands.
 *
 * @param topicId the topic's id, which a topic that is made again under the same name does not
 *     share
 */
record Source(UUID topicId, int partition, long offset) {}
