/** Finds accepted messages that nothing more is heard of, and starts them again. */
@NullMarked
package io.posthorn.audit.unaccounted;

import org.jspecify.annotations.NullMarked;
