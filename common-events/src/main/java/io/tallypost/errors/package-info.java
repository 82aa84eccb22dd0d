/** Tells a Sentry of what nobody expected, if there is one. */
@NullMarked
package io.tallypost.errors;

import org.jspecify.annotations.NullMarked;
