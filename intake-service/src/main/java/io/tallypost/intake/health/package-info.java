/** Shows everybody whether mail is taken, and which of the parts that intake can see are up. */
@NullMarked
package io.tallypost.intake.health;

import org.jspecify.annotations.NullMarked;
