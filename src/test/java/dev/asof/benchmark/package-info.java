/** Measurements, run by hand: see {@code docs/benchmarks.md}. Nothing here is a test. */
@NullMarked
package dev.asof.benchmark;

import org.jspecify.annotations.NullMarked;
