/** Reads the bodies of requests strictly, and names all their faults. */
@NullMarked
package io.tallypost.kit.json;

import org.jspecify.annotations.NullMarked;
