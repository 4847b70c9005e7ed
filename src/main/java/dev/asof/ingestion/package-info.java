/**
 * The way in: reads rows from JSON, NDJSON, CSV and Parquet, holds them to their source's contract, keeps the refused
 * ones in quarantine, and commits a batch whole or not at all.
 */
@NullMarked
@ApplicationModule(
        displayName = "Ingestion",
        allowedDependencies = {"shared", "formats", "postgres", "http", "registry", "offline"})
package dev.asof.ingestion;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
