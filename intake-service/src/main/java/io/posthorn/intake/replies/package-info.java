/** Asks other services over a topic, and hears those of their replies that are for this process. */
@NullMarked
package io.posthorn.intake.replies;

import org.jspecify.annotations.NullMarked;
