/** Knows the state of every mail: it reads all topics and is on no mail's path. */
@NullMarked
package io.tallypost.audit;

import org.jspecify.annotations.NullMarked;
