/** How a request is refused: problem+json with the request id, and the count of refusals. */
@NullMarked
package io.tallypost.kit.problems;

import org.jspecify.annotations.NullMarked;
