/**
 * What all of the API has in common: problem details for every failure, request ids, and its description in OpenAPI.
 */
@NullMarked
@ApplicationModule(
        displayName = "HTTP",
        allowedDependencies = {"shared", "postgres"})
package dev.asof.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
