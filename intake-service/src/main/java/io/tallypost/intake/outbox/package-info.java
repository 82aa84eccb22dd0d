/** The way from the rows in PostgreSQL to the config topics, and how the database is. */
@NullMarked
package io.tallypost.intake.outbox;

import org.jspecify.annotations.NullMarked;
