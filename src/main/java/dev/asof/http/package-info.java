/**
 * What all of the API has in common: who may speak and who calls, limits and stopping, threads of requests, problem
 * details for every failure, lists with pages, and the description in OpenAPI.
 */
@NullMarked
@ApplicationModule(
        displayName = "HTTP",
        allowedDependencies = {"shared", "postgres"})
package dev.asof.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
