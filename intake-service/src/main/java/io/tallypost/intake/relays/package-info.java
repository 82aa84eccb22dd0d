/** The relays that mail goes out by: managed over REST, their passwords sealed. */
@NullMarked
package io.tallypost.intake.relays;

import org.jspecify.annotations.NullMarked;
