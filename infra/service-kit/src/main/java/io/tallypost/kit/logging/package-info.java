/** Changes at the management port, for the admin log. */
@NullMarked
package io.tallypost.kit.logging;

import org.jspecify.annotations.NullMarked;
