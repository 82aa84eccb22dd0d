/** How the schema of a service with a database comes forward, and by whose rights. */
@NullMarked
package io.tallypost.database;

import org.jspecify.annotations.NullMarked;
