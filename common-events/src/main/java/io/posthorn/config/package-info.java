/** Current state from compacted topics, in memory. */
@NullMarked
package io.posthorn.config;

import org.jspecify.annotations.NullMarked;
