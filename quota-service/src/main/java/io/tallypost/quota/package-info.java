/** Approves or rejects each request, exactly, and tells everybody. */
@NullMarked
package io.tallypost.quota;

import org.jspecify.annotations.NullMarked;
