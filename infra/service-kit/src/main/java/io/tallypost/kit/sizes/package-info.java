/** Limits of sizes that must fit each other. */
@NullMarked
package io.tallypost.kit.sizes;

import org.jspecify.annotations.NullMarked;
