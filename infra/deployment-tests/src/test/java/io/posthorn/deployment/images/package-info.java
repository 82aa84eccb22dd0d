/** The images of the services, where Docker runs. */
@NullMarked
package io.posthorn.deployment.images;

import org.jspecify.annotations.NullMarked;
