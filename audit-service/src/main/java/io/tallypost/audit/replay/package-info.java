/** Replays dead letters: as jobs, at a rate, each letter exactly once. */
@NullMarked
package io.tallypost.audit.replay;

import org.jspecify.annotations.NullMarked;
