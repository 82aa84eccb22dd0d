/**
 * The services of a stack: their processes, what they are started with, and the front door before
 * them.
 */
@NullMarked
package io.tallypost.stack.services;

import org.jspecify.annotations.NullMarked;
