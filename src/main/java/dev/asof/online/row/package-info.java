/**
 * A feature row as bytes: how it is packed for Redis, and how its values are written as JSON.
 */
@NullMarked
package dev.asof.online.row;

import org.jspecify.annotations.NullMarked;
