/** What a setting's text must be. */
@NullMarked
package io.tallypost.kit.constraints;

import org.jspecify.annotations.NullMarked;
