/**
 * Definitions out of YAML and JSON, with every violation at its line.
 */
@NullMarked
package dev.asof.registry.reading;

import org.jspecify.annotations.NullMarked;
