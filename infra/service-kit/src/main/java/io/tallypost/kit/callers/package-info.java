/** Who calls, and what a caller may do. */
@NullMarked
package io.tallypost.kit.callers;

import org.jspecify.annotations.NullMarked;
