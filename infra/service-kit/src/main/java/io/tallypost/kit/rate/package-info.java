/** How much may be done in a time. */
@NullMarked
package io.tallypost.kit.rate;

import org.jspecify.annotations.NullMarked;
