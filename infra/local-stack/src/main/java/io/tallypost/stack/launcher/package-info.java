/** The command that starts the whole system on one machine, and its front door. */
@NullMarked
package io.tallypost.stack.launcher;

import org.jspecify.annotations.NullMarked;
