/** Finds unaccounted messages, and redrives them. */
@NullMarked
package io.tallypost.audit.unaccounted;

import org.jspecify.annotations.NullMarked;
