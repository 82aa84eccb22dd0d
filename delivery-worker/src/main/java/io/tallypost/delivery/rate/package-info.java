/** A relay's rate: so many mails per second and minute, and the order of those who wait for it. */
@NullMarked
package io.tallypost.delivery.rate;

import org.jspecify.annotations.NullMarked;
