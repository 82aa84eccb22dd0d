/** Creates the topics and checks the broker. */
@NullMarked
package io.tallypost.topics;

import org.jspecify.annotations.NullMarked;
