/** An SMTP server that keeps the mail it receives and answers by a script. */
@NullMarked
package io.tallypost.stack.smtp;

import org.jspecify.annotations.NullMarked;
