/** Short forms of the rows, and what counts them. */
@NullMarked
package io.tallypost.faults;

import org.jspecify.annotations.NullMarked;
