/**
 * Reads the JSON that clients post, and says all that is wrong with it at once, each with its
 * place.
 */
@NullMarked
package io.tallypost.intake.json;

import org.jspecify.annotations.NullMarked;
