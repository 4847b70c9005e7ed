/**
 * The API of definitions.
 */
@NullMarked
package dev.asof.registry.web;

import org.jspecify.annotations.NullMarked;
