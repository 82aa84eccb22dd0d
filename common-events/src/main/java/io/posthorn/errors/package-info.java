/** Tells a Sentry of what nobody expected, if there is one. */
@NullMarked
package io.posthorn.errors;

import org.jspecify.annotations.NullMarked;
