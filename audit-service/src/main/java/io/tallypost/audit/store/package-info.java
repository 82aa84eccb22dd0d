/** How records become something that PostgreSQL stores. */
@NullMarked
package io.tallypost.audit.store;

import org.jspecify.annotations.NullMarked;
