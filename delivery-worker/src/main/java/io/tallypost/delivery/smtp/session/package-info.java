/**
 * A conversation with a relay: greeting, encryption, login and mail transactions, and how far it
 * got.
 */
@NullMarked
package io.tallypost.delivery.smtp.session;

import org.jspecify.annotations.NullMarked;
