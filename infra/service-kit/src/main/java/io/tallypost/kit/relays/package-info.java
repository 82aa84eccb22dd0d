/** Where relays may be, and how their passwords are sealed. */
@NullMarked
package io.tallypost.kit.relays;

import org.jspecify.annotations.NullMarked;
