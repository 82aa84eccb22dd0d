/** The secrets that open a key: making one, and how long each works. */
@NullMarked
package io.tallypost.intake.keys.secrets;

import org.jspecify.annotations.NullMarked;
