/** Breaks the running system in every way that it must survive, and joins the ledgers after. */
@NullMarked
package io.tallypost.faults;

import org.jspecify.annotations.NullMarked;
