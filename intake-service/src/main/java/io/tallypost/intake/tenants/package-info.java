/** Keeps the tenants: their rows in PostgreSQL, and who may be made again after a deletion. */
@NullMarked
package io.tallypost.intake.tenants;

import org.jspecify.annotations.NullMarked;
