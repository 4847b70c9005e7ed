/**
 * Work that outlives its request: where each job stands, how often it is tried, which server runs it, and one list of
 * all. A module that has such work brings a kind of job: the table that its jobs stand in, and what one does.
 */
@NullMarked
@ApplicationModule(
        displayName = "Jobs",
        allowedDependencies = {"shared", "postgres", "http"})
package dev.asof.jobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
