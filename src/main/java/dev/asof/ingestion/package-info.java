/**
 * The way in: rows sent or read from tables, held to their source's contract, the refused ones kept in quarantine,
 * committed a batch whole or not at all; drafts of sources, and the feed of accepted batches.
 */
@NullMarked
@ApplicationModule(
        displayName = "Ingestion",
        allowedDependencies = {"shared", "formats", "postgres", "http", "registry", "offline"})
package dev.asof.ingestion;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
