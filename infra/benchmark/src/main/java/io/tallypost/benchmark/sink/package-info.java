/** The relay of a benchmark: an SMTP server that costs little, and what it has taken. */
@NullMarked
package io.tallypost.benchmark.sink;

import org.jspecify.annotations.NullMarked;
