/** How much one caller may read at once, so that the others can read too. */
@NullMarked
package io.tallypost.audit.reads;

import org.jspecify.annotations.NullMarked;
