/** Hands a composed mail to a relay: holds the conversation and interprets the replies. */
@NullMarked
package io.tallypost.delivery.smtp;

import org.jspecify.annotations.NullMarked;
