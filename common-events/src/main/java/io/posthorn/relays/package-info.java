/** SMTP relays as intake keeps them and workers use them. */
@NullMarked
package io.posthorn.relays;

import org.jspecify.annotations.NullMarked;
