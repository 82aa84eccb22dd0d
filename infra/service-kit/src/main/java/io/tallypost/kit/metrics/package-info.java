/**
 * What the services' metrics have in common: bounded label values and meters that all of them show.
 */
@NullMarked
package io.tallypost.kit.metrics;

import org.jspecify.annotations.NullMarked;
