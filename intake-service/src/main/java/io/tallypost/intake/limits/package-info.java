/** Which keys have used up their quota, and what clients are told of it. */
@NullMarked
package io.tallypost.intake.limits;

import org.jspecify.annotations.NullMarked;
