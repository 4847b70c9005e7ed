/**
 * Postgres and Redis started in place when none is configured, so that a machine with a JDK and nothing else runs the
 * whole server. Real servers, data kept between runs, reachable from this machine only.
 */
@NullMarked
@ApplicationModule(
        displayName = "Embedded",
        allowedDependencies = {"shared", "postgres"})
package dev.asof.embedded;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
