/**
 * Bounds what is being worked on at the same time: the memory of all requests, and the number of
 * each key's and each tenant's.
 */
@NullMarked
package io.tallypost.intake.inflight;

import org.jspecify.annotations.NullMarked;
