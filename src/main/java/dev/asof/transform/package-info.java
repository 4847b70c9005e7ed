/**
 * Expressions: written once in CEL, type-checked when a definition is registered, evaluated by one program wherever
 * they are needed. Pure computation without I/O.
 */
@NullMarked
@ApplicationModule(displayName = "Transform", allowedDependencies = "shared")
package dev.asof.transform;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
