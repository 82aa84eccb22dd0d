/** Hands a mail to a relay: composes it, holds the conversation, and says what the replies mean. */
@NullMarked
package io.tallypost.delivery.smtp;

import org.jspecify.annotations.NullMarked;
