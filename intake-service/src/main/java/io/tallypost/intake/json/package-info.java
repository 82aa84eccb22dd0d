/** Reads the JSON that clients post, and reports all its faults at once, each with its place. */
@NullMarked
package io.tallypost.intake.json;

import org.jspecify.annotations.NullMarked;
