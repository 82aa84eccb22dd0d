/**
 * The bytes of a connection to a relay: addresses, TLS, commands out, replies in, and the deadlines
 * of it all.
 */
@NullMarked
package io.tallypost.delivery.smtp.wire;

import org.jspecify.annotations.NullMarked;
