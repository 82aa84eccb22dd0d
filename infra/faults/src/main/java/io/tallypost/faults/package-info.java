/**
 * Breaks the running system in every way that it must survive, and compares the ledgers afterwards.
 */
@NullMarked
package io.tallypost.faults;

import org.jspecify.annotations.NullMarked;
