/** Approves or rejects each request, exactly: the pure policy, and the ledger with the SQL. */
@NullMarked
package io.tallypost.quota.decide;

import org.jspecify.annotations.NullMarked;
