/**
 * Table sources: the rows of a table in somebody's database, compared with what was read before.
 */
@NullMarked
package dev.asof.ingestion.table;

import org.jspecify.annotations.NullMarked;
