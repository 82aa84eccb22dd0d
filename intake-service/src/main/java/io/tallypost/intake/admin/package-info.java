/**
 * What all that is managed over REST has in common: rows with versions that go to compacted topics,
 * who changed them, pages of them, and how the database is.
 */
@NullMarked
package io.tallypost.intake.admin;

import org.jspecify.annotations.NullMarked;
