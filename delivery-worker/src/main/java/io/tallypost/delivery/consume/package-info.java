/** Takes approved mail off its queues, many at a time, and brings due retries back to them. */
@NullMarked
package io.tallypost.delivery.consume;

import org.jspecify.annotations.NullMarked;
