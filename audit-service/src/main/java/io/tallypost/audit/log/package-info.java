/** The send log and the timelines: projected from the topics, read back over REST. */
@NullMarked
package io.tallypost.audit.log;

import org.jspecify.annotations.NullMarked;
