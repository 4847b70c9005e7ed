/**
 * What a bundle would change, whether that breaks anything, and the change itself.
 */
@NullMarked
package dev.asof.registry.planning;

import org.jspecify.annotations.NullMarked;
