/** Which relay a mail goes to, and how much each of them is asked. */
@NullMarked
package io.tallypost.delivery.relays;

import org.jspecify.annotations.NullMarked;
