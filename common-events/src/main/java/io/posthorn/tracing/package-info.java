/** Carries a message's trace from record to record. */
@NullMarked
package io.posthorn.tracing;

import org.jspecify.annotations.NullMarked;
