/** Approves or rejects each request, exactly, and publishes the verdicts. */
@NullMarked
package io.tallypost.quota;

import org.jspecify.annotations.NullMarked;
