/** Current state from compacted topics, in memory. */
@NullMarked
package io.tallypost.config;

import org.jspecify.annotations.NullMarked;
