/**
 * The vocabulary every module speaks: names, identifiers, value types, timestamps and errors. It has no behaviour of
 * its own beyond checking what it holds, and knows nothing of Spring.
 */
@NullMarked
@ApplicationModule(
        displayName = "Shared",
        allowedDependencies = {},
        type = ApplicationModule.Type.OPEN)
package dev.asof.shared;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
