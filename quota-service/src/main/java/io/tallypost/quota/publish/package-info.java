/** Tells everybody: decisions, and approvals with the offsets in one Kafka transaction. */
@NullMarked
package io.tallypost.quota.publish;

import org.jspecify.annotations.NullMarked;
