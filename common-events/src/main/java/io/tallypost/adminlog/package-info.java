/** Changes at the management port, for the admin log. */
@NullMarked
package io.tallypost.adminlog;

import org.jspecify.annotations.NullMarked;
