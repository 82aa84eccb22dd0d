/** Who calls: API keys, their verification, and what a caller may do. */
@NullMarked
package io.tallypost.keys;

import org.jspecify.annotations.NullMarked;
