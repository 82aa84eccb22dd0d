/** Current state from compacted topics, in memory. */
@NullMarked
package io.tallypost.kit.view;

import org.jspecify.annotations.NullMarked;
