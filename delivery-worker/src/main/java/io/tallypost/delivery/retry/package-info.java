/** Brings mail that waits on the retry topics back to its queue when it is due. */
@NullMarked
package io.tallypost.delivery.retry;

import org.jspecify.annotations.NullMarked;
