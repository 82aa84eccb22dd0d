/** Reads the bodies of requests strictly, and names all that is wrong with them. */
@NullMarked
package io.tallypost.json;

import org.jspecify.annotations.NullMarked;
