/** Asks other services over a topic, and hears those of their replies that are for this process. */
@NullMarked
package io.tallypost.intake.replies;

import org.jspecify.annotations.NullMarked;
