/**
 * The facts that travel between the services: their shape, their JSON and the topics they live on.
 */
@NullMarked
package io.tallypost.events;

import org.jspecify.annotations.NullMarked;
