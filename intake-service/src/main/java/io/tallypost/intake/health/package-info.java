/** Tells anybody whether mail is taken, and how the parts are that intake can see. */
@NullMarked
package io.tallypost.intake.health;

import org.jspecify.annotations.NullMarked;
