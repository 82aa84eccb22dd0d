/** The service that delivers approved mail, its settings and when it tries again. */
@NullMarked
package io.tallypost.delivery;

import org.jspecify.annotations.NullMarked;
