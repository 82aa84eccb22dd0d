/** Threads that work from a service's start to its stop: one kind of retry, stop and health. */
@NullMarked
package io.tallypost.kit.loop;

import org.jspecify.annotations.NullMarked;
