/** Finds accepted messages that nothing more is heard of, and starts them again. */
@NullMarked
package io.tallypost.audit.unaccounted;

import org.jspecify.annotations.NullMarked;
