/** What every REST answer has in common: request ids, problems, limits. */
@NullMarked
package io.tallypost.kit.web;

import org.jspecify.annotations.NullMarked;
