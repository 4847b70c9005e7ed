package dev.asof.materialization;

import dev.asof.materialization.tile.AggregatedView;

/**
 * A view version with aggregates.
 *
 * @param rows computes its feature rows, with what they keep for the aggregates
 */
record TilesProgram(AggregatedView tiles, RowProgram rows) implements ViewProgram {}
