/** A running stack as programs and tests see it from outside: its processes, and its REST API. */
@NullMarked
package io.tallypost.stack.client;

import org.jspecify.annotations.NullMarked;
