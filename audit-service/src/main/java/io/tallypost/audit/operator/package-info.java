/**
 * What all that operators do has in common: who did it, the lists they read, the faults they see.
 */
@NullMarked
package io.tallypost.audit.operator;

import org.jspecify.annotations.NullMarked;
