/** Turns a mail into the bytes that go over SMTP. */
@NullMarked
package io.tallypost.delivery.compose;

import org.jspecify.annotations.NullMarked;
