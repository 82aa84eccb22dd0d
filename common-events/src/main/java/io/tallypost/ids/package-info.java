/** What messages, submissions, tenants, keys, relays and policies are known by. */
@NullMarked
package io.tallypost.ids;

import org.jspecify.annotations.NullMarked;
