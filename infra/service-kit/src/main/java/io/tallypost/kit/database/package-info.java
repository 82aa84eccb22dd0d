/** How the schema of a service with a database is migrated, and with whose rights. */
@NullMarked
package io.tallypost.kit.database;

import org.jspecify.annotations.NullMarked;
