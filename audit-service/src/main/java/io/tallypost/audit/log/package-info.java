/** The send log: projected from the topics. */
@NullMarked
package io.tallypost.audit.log;

import org.jspecify.annotations.NullMarked;
