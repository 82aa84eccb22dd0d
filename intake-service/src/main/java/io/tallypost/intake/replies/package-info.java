/** Asks other services over a topic, and receives the replies for this process. */
@NullMarked
package io.tallypost.intake.replies;

import org.jspecify.annotations.NullMarked;
