/** Says that it depends on nothing, and does. */
@ApplicationModule(allowedDependencies = {})
package dev.planted.lower;

import org.springframework.modulith.ApplicationModule;
