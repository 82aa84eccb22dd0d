/** What tests share: a broker and a database, the contract of every REST API, and waiting. */
@NullMarked
package io.tallypost.kit.testing;

import org.jspecify.annotations.NullMarked;
