package dev.asof.offline;

import dev.asof.offline.schema.TileStatements;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.Window;
import java.time.Instant;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/** Which stored tiles of a view version stand for rows that a plan needs. */
record PlannedTiles(RegisteredView view, TilePlan plan) {

    /** A tile takes as long to read as so many rows. */
    private static final int ROWS_A_TILE = 4;

    /** To read fewer rows is as quick as anything. */
    private static final int FEW_ROWS = 256;

    /** More than these aren't counted. */
    private static final int MANY_ROWS = 4_096;

    /** How many rows are worth a number of tiles: a power of two, so that statements are alike. */
    static final IntUnaryOperator WORTH =
            tiles -> Integer.highestOneBit(Math.clamp((long) ROWS_A_TILE * tiles, FEW_ROWS, MANY_ROWS));

    /** The levels that are stored, the finest first. */
    List<TileLevel> levels() {
        return TileStatements.levels(view);
    }

    Instant from() {
        long from = plan.neededFrom();
        return from == Window.ALWAYS ? Timestamps.MIN : Timestamps.ofMicros(from);
    }

    Instant asOf() {
        return Timestamps.ofMicros(plan.closed().now());
    }

    boolean isEmpty() {
        return levels().stream().allMatch(level -> plan.taken(level).isEmpty());
    }

    /** How many there are of a key with rows at all times; before 1970 none are counted. */
    int most() {
        long tiles = 0;
        long coarser = 0;
        for (TileLevel level : levels().reversed()) {
            long taken = plan.taken(level).stream()
                    .mapToLong(range -> range.until() - Math.min(range.until(), Math.max(0, range.from())))
                    .sum();
            tiles += (taken - coarser) / level.micros();
            coarser = taken;
        }
        return Math.clamp(tiles, 0, MANY_ROWS);
    }

    /** Where tiles of a level are taken, as Postgres writes a multirange. */
    String taken(TileLevel level) {
        return plan.taken(level).stream()
                .map(range -> "[\"%s\",\"%s\")"
                        .formatted(text(Math.max(range.from(), TileStatements.FIRST)), text(range.until())))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String text(long micros) {
        return Timestamps.format(Timestamps.ofMicros(micros));
    }
}
