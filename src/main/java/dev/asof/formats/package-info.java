/**
 * Tables and how they are written: JSON, NDJSON, CSV, Parquet and Arrow, read within bounds and written as they are
 * read again. Temporary files too, which rows pass through.
 */
@NullMarked
@ApplicationModule(displayName = "Formats", allowedDependencies = "shared")
package dev.asof.formats;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
