/** Creates the topics, checks the broker, and opens all clients: one table of their settings. */
@NullMarked
package io.tallypost.kit.kafka;

import org.jspecify.annotations.NullMarked;
