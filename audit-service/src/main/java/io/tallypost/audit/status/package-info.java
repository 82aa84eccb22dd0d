/** Shows operators the state of the whole system: what was sent, who works, and what waits. */
@NullMarked
package io.tallypost.audit.status;

import org.jspecify.annotations.NullMarked;
