/** Rows about relays: gone, busy, silent or odd. */
@NullMarked
package io.tallypost.faults.relays;

import org.jspecify.annotations.NullMarked;
