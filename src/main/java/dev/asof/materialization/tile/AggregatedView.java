package dev.asof.materialization.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTilesBuilder;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A view version with aggregates, and what its keys have online.
 *
 * @param cells what is kept of a key in tiles
 * @param finest the level of the finest tiles
 * @param allowsSeconds whether a crowded key may have tiles of seconds
 */
public record AggregatedView(
        RegisteredView view,
        ViewAggregates aggregates,
        List<KeyTiles.Cell> cells,
        TileLevel finest,
        boolean allowsSeconds) {

    public static AggregatedView of(RegisteredView view, ViewAggregates aggregates) {
        List<KeyTiles.Cell> cells = IntStream.range(0, aggregates.cells().size())
                .mapToObj(cell -> new KeyTiles.Cell(
                        aggregates.cells().get(cell).kind(),
                        aggregates.features().stream()
                                .filter(feature -> feature.cell() == cell)
                                .map(feature -> aggregates.windows().get(feature.window()))
                                .distinct()
                                .toList()))
                .toList();
        var scheme = TilePlan.scheme(cells);
        return new AggregatedView(view, aggregates, cells, scheme.finest(), scheme.allowsSeconds());
    }

    /** What is kept of keys that are published at an instant. */
    TilePlan plan(Instant now, TileLevel finestOfKeys) {
        return TilePlan.of(cells, new Closed(Timestamps.toMicros(now), finestOfKeys));
    }

    /** Adds a row that counts. */
    void add(KeyTilesBuilder tiles, FeatureRow row) {
        long event = Timestamps.toMicros(row.eventTimestamp());
        tiles.add(event, (cell, state) -> aggregates.add(cell, state, row.kept(), event, row.rowSequence()));
    }
}
