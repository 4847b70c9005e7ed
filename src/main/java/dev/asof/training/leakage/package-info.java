/**
 * The leakage report: what in a dataset's rows hints at features that know the future.
 */
@NullMarked
package dev.asof.training.leakage;

import org.jspecify.annotations.NullMarked;
