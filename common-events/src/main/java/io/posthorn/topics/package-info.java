/** Creates the topics and checks the broker. */
@NullMarked
package io.posthorn.topics;

import org.jspecify.annotations.NullMarked;
