/** The dead letters, byte for byte, where they can be found and come back from. */
@NullMarked
package io.tallypost.audit.deadletter;

import org.jspecify.annotations.NullMarked;
