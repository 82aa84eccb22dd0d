/** Keeps the API keys: their rows in PostgreSQL, and their way from there to every service. */
@NullMarked
package io.tallypost.intake.keys;

import org.jspecify.annotations.NullMarked;
