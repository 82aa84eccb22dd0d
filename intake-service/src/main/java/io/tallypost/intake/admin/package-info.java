/**
 * What everything managed over REST shares: rows with versions that go to compacted topics, who
 * changed them, pages of them, and how many there may be.
 */
@NullMarked
package io.tallypost.intake.admin;

import org.jspecify.annotations.NullMarked;
