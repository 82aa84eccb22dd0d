/** What the services may do at Kafka. */
@NullMarked
package io.tallypost.deployment.kafka;

import org.jspecify.annotations.NullMarked;
