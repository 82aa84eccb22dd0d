/** Reports unexpected exceptions to Sentry, if there is one. */
@NullMarked
package io.tallypost.kit.errors;

import org.jspecify.annotations.NullMarked;
