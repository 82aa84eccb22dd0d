/** API keys and tenants as intake keeps them and the other services read them. */
@NullMarked
package io.tallypost.keys;

import org.jspecify.annotations.NullMarked;
