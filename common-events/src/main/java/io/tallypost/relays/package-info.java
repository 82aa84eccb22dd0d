/** SMTP relays as intake keeps them and workers use them. */
@NullMarked
package io.tallypost.relays;

import org.jspecify.annotations.NullMarked;
