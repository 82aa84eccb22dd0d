/** The broker and the database of a stack on one machine, each as a process of its own. */
@NullMarked
package io.tallypost.stack;

import org.jspecify.annotations.NullMarked;
