/** What is used of which limit, over REST and in metrics. */
@NullMarked
package io.tallypost.quota.usage;

import org.jspecify.annotations.NullMarked;
