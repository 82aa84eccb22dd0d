/** How records become something that PostgreSQL stores. */
@NullMarked
package io.posthorn.audit.store;

import org.jspecify.annotations.NullMarked;
