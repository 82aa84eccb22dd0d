/** Who calls: API keys, their verification, and what a caller may do. */
@NullMarked
package io.posthorn.keys;

import org.jspecify.annotations.NullMarked;
