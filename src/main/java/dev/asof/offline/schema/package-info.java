/**
 * The text of what the offline store has in Postgres: names, tables, views and functions, an object a class, and how they
 * read the rows. Nothing here runs a statement but {@link dev.asof.offline.schema.TableRevision}.
 */
@NullMarked
package dev.asof.offline.schema;

import org.jspecify.annotations.NullMarked;
