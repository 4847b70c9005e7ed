/**
 * Computes feature rows from source rows, once, for both stores: with each batch as it is accepted, from the log for a
 * new version, and from the offline store for an online store that lost its rows.
 */
@NullMarked
@ApplicationModule(
        displayName = "Materialization",
        allowedDependencies = {
            "shared",
            "formats",
            "postgres",
            "jobs",
            "transform",
            "transform::window",
            "registry",
            "offline",
            "offline::tile",
            "online",
            "ingestion"
        })
package dev.asof.materialization;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
