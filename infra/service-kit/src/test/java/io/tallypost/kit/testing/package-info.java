/** The one place where tests get a broker and a database from. */
@NullMarked
package io.tallypost.kit.testing;

import org.jspecify.annotations.NullMarked;
