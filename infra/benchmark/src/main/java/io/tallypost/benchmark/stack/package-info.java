/** The system under measurement, and what its processes use. */
@NullMarked
package io.tallypost.benchmark.stack;

import org.jspecify.annotations.NullMarked;
