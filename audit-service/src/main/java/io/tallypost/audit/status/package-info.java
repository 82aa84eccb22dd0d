/** Shows operators how the whole is: what was sent, who works, and what waits. */
@NullMarked
package io.tallypost.audit.status;

import org.jspecify.annotations.NullMarked;
