package dev.asof.transform.window;

/**
 * The lengths of time for which states are kept (rule W8), each a multiple of the one before. Tiles begin at multiples of their
 * length, counted from 1970.
 */
public enum TileLevel {
    /** Only for keys whose minutes hold some thousand rows, and for hops below a minute. */
    SECOND(1_000_000L),
    MINUTE(60_000_000L),
    FIVE_MINUTES(300_000_000L),
    HOUR(3_600_000_000L),
    DAY(86_400_000_000L),
    DAYS_32(32 * 86_400_000_000L),
    DAYS_1024(1_024 * 86_400_000_000L);

    private static final TileLevel[] ALL = values();

    private final long micros;

    TileLevel(long micros) {
        this.micros = micros;
    }

    /** How long a tile is, in microseconds. */
    public long micros() {
        return micros;
    }

    /** The start of the tile that an instant is in, both in microseconds since 1970. */
    public long floor(long instant) {
        return Math.floorDiv(instant, micros) * micros;
    }

    /** The start of the first tile that begins at an instant or after it. */
    public long ceiling(long instant) {
        return -floor(-instant);
    }

    boolean isFinerThan(TileLevel other) {
        return ordinal() < other.ordinal();
    }

    TileLevel finer() {
        return ALL[ordinal() - 1];
    }

    TileLevel coarser() {
        return ALL[ordinal() + 1];
    }
}
