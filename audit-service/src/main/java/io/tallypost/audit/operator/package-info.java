/** What all operators' actions share: who did it, the lists they read, the faults they see. */
@NullMarked
package io.tallypost.audit.operator;

import org.jspecify.annotations.NullMarked;
