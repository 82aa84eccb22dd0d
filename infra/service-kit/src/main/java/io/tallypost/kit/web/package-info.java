/**
 * What a request meets before a controller: limits, and problems for what the container refuses.
 */
@NullMarked
package io.tallypost.kit.web;

import org.jspecify.annotations.NullMarked;
