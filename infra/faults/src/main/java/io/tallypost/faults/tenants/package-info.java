/** Rows about tenants whose mail, size or ill will others must not notice. */
@NullMarked
package io.tallypost.faults.tenants;

import org.jspecify.annotations.NullMarked;
