/**
 * Brings keys of views with aggregates online: what is read of them in Postgres and under which number it is written, which of it
 * is owed because it was ahead of a clock.
 */
@NullMarked
package dev.asof.materialization.tile;

import org.jspecify.annotations.NullMarked;
