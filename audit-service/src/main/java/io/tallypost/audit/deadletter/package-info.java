/** The dead letters, kept byte for byte, so that they can be found and replayed. */
@NullMarked
package io.tallypost.audit.deadletter;

import org.jspecify.annotations.NullMarked;
