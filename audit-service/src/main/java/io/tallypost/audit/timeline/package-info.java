/** What became of a message: facts, in any order, and the state that follows from them. */
@NullMarked
package io.tallypost.audit.timeline;

import org.jspecify.annotations.NullMarked;
