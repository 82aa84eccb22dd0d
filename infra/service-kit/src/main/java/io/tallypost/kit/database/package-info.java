/**
 * For the services with a database: how its schema is migrated, and with whose rights, and what
 * requests are answered while it is away.
 */
@NullMarked
package io.tallypost.kit.database;

import org.jspecify.annotations.NullMarked;
