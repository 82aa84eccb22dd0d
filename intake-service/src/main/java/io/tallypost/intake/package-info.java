/** The public API: takes mail in, and manages who may send. */
@NullMarked
package io.tallypost.intake;

import org.jspecify.annotations.NullMarked;
