/**
 * What every row is played with: a stack that can be broken, a load, and the ledgers at the end.
 */
@NullMarked
package io.tallypost.faults.scene;

import org.jspecify.annotations.NullMarked;
