/** What the command lines of infra's programs have in common. */
@NullMarked
package io.tallypost.stack.cli;

import org.jspecify.annotations.NullMarked;
