/** How far a partition is done, in a commit and its metadata, and the second copy of both. */
@NullMarked
package io.tallypost.delivery.progress;

import org.jspecify.annotations.NullMarked;
