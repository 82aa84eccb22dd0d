/** An SMTP server that keeps what it receives and answers as a script tells it. */
@NullMarked
package io.tallypost.stack.smtp;

import org.jspecify.annotations.NullMarked;
