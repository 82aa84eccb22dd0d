/** The bytes of a sink's connections, and the ways in which a connection can stop or end. */
@NullMarked
package io.tallypost.stack.smtp.wire;

import org.jspecify.annotations.NullMarked;
