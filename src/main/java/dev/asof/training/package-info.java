/**
 * Training rows: takes a spine in any of its forms, checks all of it, and streams its point-in-time join with features
 * in the format asked for; datasets, which are built, kept, and looked through for leakage. SQL that users send runs
 * here too, on a login that can do nothing but read features and sources.
 */
@NullMarked
@ApplicationModule(
        displayName = "Training",
        allowedDependencies = {
            "shared",
            "formats",
            "postgres",
            "http",
            "jobs",
            "registry",
            "offline",
            "transform",
            "transform::window"
        })
package dev.asof.training;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
