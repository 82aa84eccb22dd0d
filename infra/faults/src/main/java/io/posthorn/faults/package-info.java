/** Breaks the running system in every way that it must survive, and joins the ledgers after. */
@NullMarked
package io.posthorn.faults;

import org.jspecify.annotations.NullMarked;
