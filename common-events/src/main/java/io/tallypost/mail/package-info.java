/** A mail, its addresses and headers, and how a relay answers it. */
@NullMarked
package io.tallypost.mail;

import org.jspecify.annotations.NullMarked;
