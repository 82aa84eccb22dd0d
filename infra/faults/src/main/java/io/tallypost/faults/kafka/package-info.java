/** What brokers say of partitions and consumer groups. */
@NullMarked
package io.tallypost.faults.kafka;

import org.jspecify.annotations.NullMarked;
