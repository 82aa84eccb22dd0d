/** How programs and tests call REST APIs. */
@NullMarked
package io.tallypost.stack.rest;

import org.jspecify.annotations.NullMarked;
