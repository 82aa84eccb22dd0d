/** Measures the whole system from outside: what it carries, how fast, and at what cost. */
@NullMarked
package io.tallypost.benchmark;

import org.jspecify.annotations.NullMarked;
