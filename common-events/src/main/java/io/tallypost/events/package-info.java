/** The facts that travel between the services: their shape, their JSON and their topics. */
@NullMarked
package io.tallypost.events;

import org.jspecify.annotations.NullMarked;
