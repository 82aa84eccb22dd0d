/** The public API: takes mail in, and manages who may send. */
@NullMarked
package io.posthorn.intake;

import org.jspecify.annotations.NullMarked;
