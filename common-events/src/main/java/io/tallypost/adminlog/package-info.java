/** What is done at the management port, for the log of who did what. */
@NullMarked
package io.tallypost.adminlog;

import org.jspecify.annotations.NullMarked;
