/** What the states on the config topics have in common. */
@NullMarked
package io.tallypost.config;

import org.jspecify.annotations.NullMarked;
