/** Which relay a mail goes to, and how much each relay gets. */
@NullMarked
package io.tallypost.delivery.relays;

import org.jspecify.annotations.NullMarked;
