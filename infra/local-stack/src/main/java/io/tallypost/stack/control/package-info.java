/** How other programs find a running stack and give it orders. */
@NullMarked
package io.tallypost.stack.control;

import org.jspecify.annotations.NullMarked;
