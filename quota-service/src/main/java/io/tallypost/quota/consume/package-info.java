/** Takes requests off their topic in batches, and has them decided and published. */
@NullMarked
package io.tallypost.quota.consume;

import org.jspecify.annotations.NullMarked;
