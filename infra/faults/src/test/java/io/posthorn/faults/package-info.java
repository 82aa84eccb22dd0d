/** Short forms of the rows, and what counts them. */
@NullMarked
package io.posthorn.faults;

import org.jspecify.annotations.NullMarked;
