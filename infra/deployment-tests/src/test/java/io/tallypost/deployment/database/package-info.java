/** The database's roles, with the jars that are released and a real PostgreSQL. */
@NullMarked
package io.tallypost.deployment.database;

import org.jspecify.annotations.NullMarked;
