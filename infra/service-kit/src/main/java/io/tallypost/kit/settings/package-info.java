/** What can be set: checked before the start, shown on demand, described as a JSON Schema. */
@NullMarked
package io.tallypost.kit.settings;

import org.jspecify.annotations.NullMarked;
