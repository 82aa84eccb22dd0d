/** Delivers approved mail: one attempt at a time, until every recipient is settled. */
@NullMarked
package io.tallypost.delivery.courier;

import org.jspecify.annotations.NullMarked;
