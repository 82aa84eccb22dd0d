/**
 * The service that knows what became of every mail: it reads all topics and sits in no mail's way.
 */
@NullMarked
package io.tallypost.audit;

import org.jspecify.annotations.NullMarked;
