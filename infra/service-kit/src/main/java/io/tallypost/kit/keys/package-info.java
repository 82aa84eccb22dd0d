/** How API keys are verified, and how often they may be wrong. */
@NullMarked
package io.tallypost.kit.keys;

import org.jspecify.annotations.NullMarked;
