/** The mail that a sink has received, and its way to other processes. */
@NullMarked
package io.tallypost.stack.smtp.inbox;

import org.jspecify.annotations.NullMarked;
