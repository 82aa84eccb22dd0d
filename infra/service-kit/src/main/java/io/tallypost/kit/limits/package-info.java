/** How much one caller may ask for: requests a minute, and turns at once. */
@NullMarked
package io.tallypost.kit.limits;

import org.jspecify.annotations.NullMarked;
