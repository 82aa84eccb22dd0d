/** Creates the topics and checks the broker. */
@NullMarked
package io.tallypost.kit.kafka;

import org.jspecify.annotations.NullMarked;
