/** The Helm chart, rendered by Helm's own code and read as the cluster would. */
@NullMarked
package io.tallypost.deployment.chart;

import org.jspecify.annotations.NullMarked;
