/** The rules that the classes of all modules are held to. */
@NullMarked
package io.tallypost.house;

import org.jspecify.annotations.NullMarked;
