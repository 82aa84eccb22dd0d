/** The images of the services, where Docker runs. */
@NullMarked
package io.tallypost.deployment.images;

import org.jspecify.annotations.NullMarked;
