/**
 * What users have defined: entities, sources, feature views and feature services, their immutable versions and how
 * they depend on each other. Applies bundles, tells what a change would do before it is done, and gives every other
 * module one consistent snapshot of what is defined.
 */
@NullMarked
@ApplicationModule(
        displayName = "Registry",
        allowedDependencies = {"shared", "postgres", "http", "transform", "transform::window"})
package dev.asof.registry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
