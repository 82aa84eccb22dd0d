/** What is done in the database at the start and from time to time: last uses, expiries. */
@NullMarked
package io.tallypost.intake.rounds;

import org.jspecify.annotations.NullMarked;
