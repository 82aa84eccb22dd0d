/** The whole system as its users see it: REST in, SMTP out, and faults in between. */
@NullMarked
package io.tallypost.e2e;

import org.jspecify.annotations.NullMarked;
