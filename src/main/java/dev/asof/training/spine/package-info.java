/**
 * Spines: read from a request, a file, a source or SQL, their columns' types found, and kept for the join.
 */
@NullMarked
package dev.asof.training.spine;

import org.jspecify.annotations.NullMarked;
