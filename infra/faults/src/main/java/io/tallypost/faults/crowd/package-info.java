/** Many clients that mean ill or know no better, in a process of their own. */
@NullMarked
package io.tallypost.faults.crowd;

import org.jspecify.annotations.NullMarked;
