/** Hands a mail to a relay: composes it, holds the conversation, and interprets the replies. */
@NullMarked
package io.tallypost.delivery.smtp;

import org.jspecify.annotations.NullMarked;
