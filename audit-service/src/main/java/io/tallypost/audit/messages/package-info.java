/** Reads messages back over REST: search, and one message with its timeline. */
@NullMarked
package io.tallypost.audit.messages;

import org.jspecify.annotations.NullMarked;
