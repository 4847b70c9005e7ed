/**
 * Training datasets: planned, split, built, described by a manifest, kept, downloaded, removed.
 */
@NullMarked
package dev.asof.training.dataset;

import org.jspecify.annotations.NullMarked;
