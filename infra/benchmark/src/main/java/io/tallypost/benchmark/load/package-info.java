/** What is offered to a system under measurement: clients, mails, keys, and rows of a send log. */
@NullMarked
package io.tallypost.benchmark.load;

import org.jspecify.annotations.NullMarked;
