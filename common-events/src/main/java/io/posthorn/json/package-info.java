/** Reads the bodies of requests strictly, and names all that is wrong with them. */
@NullMarked
package io.posthorn.json;

import org.jspecify.annotations.NullMarked;
