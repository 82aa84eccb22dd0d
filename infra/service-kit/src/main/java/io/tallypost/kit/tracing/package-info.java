/** Carries a message's trace from record to record. */
@NullMarked
package io.tallypost.kit.tracing;

import org.jspecify.annotations.NullMarked;
