/** Approves or rejects each request, exactly, and tells everybody. */
@NullMarked
package io.posthorn.quota;

import org.jspecify.annotations.NullMarked;
