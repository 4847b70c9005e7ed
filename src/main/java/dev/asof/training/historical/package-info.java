/**
 * Historical features: a request planned, its spine joined and streamed.
 */
@NullMarked
package dev.asof.training.historical;

import org.jspecify.annotations.NullMarked;
