/**
 * The offline store: the full history of sources and feature views in Postgres, the as-of functions over it and the
 * point-in-time join built on them.
 */
@NullMarked
@ApplicationModule(
        displayName = "Offline",
        allowedDependencies = {"shared", "formats", "postgres", "registry", "transform::window"})
package dev.asof.offline;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
