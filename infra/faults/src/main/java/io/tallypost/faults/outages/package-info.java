/**
 * Rows about our own processes and what they stand on: workers, services, brokers, databases,
 * collectors.
 */
@NullMarked
package io.tallypost.faults.outages;

import org.jspecify.annotations.NullMarked;
