package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.KeyTiles.Cell;
import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import java.util.List;

/**
 * What a key takes online, by estimate (rule W8): text of 16 bytes, bucketed aggregates of as many values as they answer, a history of
 * {@link #YEARS} years where a window has no end.
 *
 * @param tiles of all levels
 * @param bytes of the tiles and the states of the key
 */
public record KeySize(long tiles, long bytes) {

    /** The most bytes that a full state may have by {@link #ofFullState}. */
    public static final int MOST_STATE_BYTES = 16 * 1024;

    /** How long events have come for a window without an end. */
    public static final int YEARS = 5;

    private static final long HISTORY = YEARS * 365 * TileLevel.DAY.micros();

    /** An instant at which about half the finer tiles of each level are closed. */
    private static final long USUAL = (20L * 1024 + 17 * 32 + 15) * TileLevel.DAY.micros()
            + 12 * TileLevel.HOUR.micros()
            + 32 * TileLevel.MINUTE.micros();

    /** A tile's start, its greatest event timestamp and which states it has. */
    private static final int TILE_BYTES = 8;

    /** Buckets of numbers within some sixteen powers of two. */
    private static final long MOST_BUCKETS = 4096;

    /** @param every between two events of the key, in microseconds */
    public static KeySize of(List<Cell> cells, long every) {
        var plan = TilePlan.of(cells, new Closed(USUAL, TilePlan.scheme(cells).finest()));
        long tiles = 0;
        long bytes = 0;
        for (var range : plan.kept()) {
            long length = range.level().micros();
            long eventsOfTile = Math.max(1, length / every);
            long from = Math.max(range.from(), USUAL - HISTORY);
            for (long start = range.level().floor(from); start < until(range); start += length) {
                if (Math.floorDiv(start + length - 1, every) == Math.floorDiv(start - 1, every)) {
                    continue;
                }
                tiles++;
                bytes += TILE_BYTES;
                for (int i = 0; i < cells.size(); i++) {
                    bytes += plan.isKept(i, range.level(), start)
                            ? bytes(cells.get(i).kind(), eventsOfTile)
                            : 0;
                }
            }
        }
        for (var cell : cells) {
            bytes += cell.isOfTheKey() ? bytes(cell.kind(), HISTORY / every) : 0;
        }
        return new KeySize(tiles, bytes);
    }

    private static long until(Range range) {
        return Math.min(range.until(), USUAL + 1);
    }

    /** The bytes of one state of a kind that has as much as it may have. */
    public static long ofFullState(StateKind kind) {
        return bytes(kind, Integer.MAX_VALUE);
    }

    static long bytes(StateKind kind, long events) {
        return switch (kind) {
            case StateKind.Count _ -> varint(events);
            case StateKind.IntegerSum _ -> varint(events) + 4;
            case StateKind.FloatSum _, StateKind.Moments _ -> varint(events) + (events == 1 ? 10 : 18);
            case StateKind.Extreme(boolean _, ScalarType type) -> 1 + bytes(type);
            case StateKind.Edge(boolean _, ScalarType type) -> 14 + bytes(type);
            case StateKind.DistinctHashes _ -> 2 + Long.BYTES * Math.min(events, DistinctState.MOST);
            case StateKind.QuantileBuckets _ -> 2 + 3 * Math.min(events, MOST_BUCKETS);
            case StateKind.LastValues(int n, ScalarType type) -> 2 + Math.min(events, n) * (11 + bytes(type));
            case StateKind.LastDistinct(int n, ScalarType type) -> 2 + Math.min(events, n) * (10 + bytes(type));
            case StateKind.Frequencies(int k, ScalarType type) ->
                2 + Math.min(events, (long) k * StateKind.KEPT_FOR_EACH) * (2 + bytes(type));
            case StateKind.Buckets(StateKind each, int maxKeys, ScalarType type) -> {
                long keys = Math.min(events, maxKeys);
                yield 2 + keys * (bytes(type) + bytes(each, events / keys));
            }
        };
    }

    private static long varint(long value) {
        return 1 + (Long.SIZE - 1 - Long.numberOfLeadingZeros(value)) / 7;
    }

    private static int bytes(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> 1;
            case INT32 -> 3;
            case INT64 -> 5;
            case FLOAT32, FLOAT64 -> 9;
            case STRING, BYTES -> 17;
            case TIMESTAMP -> 8;
        };
    }
}
