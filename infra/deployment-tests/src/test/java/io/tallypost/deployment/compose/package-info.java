/** The containers on one machine, and what builds and releases them, without starting any. */
@NullMarked
package io.tallypost.deployment.compose;

import org.jspecify.annotations.NullMarked;
