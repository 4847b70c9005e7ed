/**
 * The vocabulary every module speaks: names, identifiers, value types, timestamps and errors; and how work runs: loops
 * and threads in the background, what computes for long, what ends when nobody wants it. Knows nothing of Spring
 * or stores, and of HTTP only the status that an error has.
 */
@NullMarked
@ApplicationModule(
        displayName = "Shared",
        allowedDependencies = {},
        type = ApplicationModule.Type.OPEN)
package dev.asof.shared;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
