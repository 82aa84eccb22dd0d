/** Watches how much waits in the topics, and for how long. */
@NullMarked
package io.tallypost.audit.backlog;

import org.jspecify.annotations.NullMarked;
