/** Takes approved mail off its queues, many at a time. */
@NullMarked
package io.tallypost.delivery.consume;

import org.jspecify.annotations.NullMarked;
