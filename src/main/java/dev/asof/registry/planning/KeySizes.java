package dev.asof.registry.planning;

import dev.asof.registry.ViewAggregates;
import dev.asof.shared.Durations;
import dev.asof.shared.HeavyWork;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme;
import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the tiles of a key take online (rule W8): how many there are by the windows, and how long states are by encoding samples
 * of them. A plan says so before there is a row.
 */
final class KeySizes {

    /** In bytes, for a key with an event in every hop. */
    private static final long LARGE = 256 * 1024;

    /** Of a tile, beside its states: where it begins, its newest event, which states it has. */
    private static final int TILE_BYTES = 12;

    /** When keys are looked at: at the end of a day, when most tiles of all levels are kept, of any year. */
    private static final Closed LATE = new Closed(20_000 * TileLevel.DAY.micros() - 1, TileLevel.MINUTE);

    /** How long a key of a window without an end has had events. */
    private static final long LIFETIME = 3_653 * TileLevel.DAY.micros();

    /** Of a state that is sampled: what may be kept hardly grows beyond it. */
    private static final long MOST_ROWS = 4_000;

    private record Sampled(StateKind kind, long rows) {}

    /** How many tiles of a level there are, and the bytes of them all. */
    private record Level(TileLevel level, long tiles, long bytes) {}

    private record Size(List<Level> levels, long bytes) {

        long tiles() {
            return levels.stream().mapToLong(Level::tiles).sum();
        }
    }

    private final ViewAggregates aggregates;
    private final List<KeyTiles.Cell> cells;
    private final Map<Sampled, Integer> samples = new HashMap<>();

    KeySizes(ViewAggregates aggregates) {
        this.aggregates = aggregates;
        this.cells = tileCells(aggregates);
    }

    /** What a plan says of a view's keys, with a warning where one of them may become large. */
    String words() {
        long hop = aggregates.windows().stream().mapToLong(Window::hop).min().orElseThrow();
        var dense = size(hop);
        String words =
                "a key's aggregates take online about %s with one event a day, %s with one an hour, %s with one in every hop (%s)"
                        .formatted(
                                text(size(TileLevel.DAY.micros())),
                                text(size(TileLevel.HOUR.micros())),
                                text(dense),
                                text(hop));
        return dense.bytes() <= LARGE ? words : words + "; " + warning(dense);
    }

    private static String warning(Size dense) {
        String sum = dense.levels().stream()
                .map(level -> "%s tiles of %s × %s"
                        .formatted(
                                level.tiles(),
                                text(level.level().micros()),
                                bytes(level.bytes() / Math.max(1, level.tiles()))))
                .collect(Collectors.joining(" + "));
        return ("warning: the last is much for one key, which is answered from Postgres past 1 MB (%s); shorter"
                        + " windows, longer hops or fewer values make it less")
                .formatted(sum);
    }

    /** Where each state is answered: tiles are kept for these windows alone. */
    private static List<KeyTiles.Cell> tileCells(ViewAggregates aggregates) {
        var cells = new ArrayList<KeyTiles.Cell>();
        for (int i = 0; i < aggregates.cells().size(); i++) {
            int cell = i;
            cells.add(new KeyTiles.Cell(
                    aggregates.cells().get(i).kind(),
                    aggregates.features().stream()
                            .filter(feature -> feature.cell() == cell)
                            .map(feature -> aggregates.windows().get(feature.window()))
                            .distinct()
                            .toList()));
        }
        return cells;
    }

    private Size size(long every) {
        var tiles = new EnumMap<TileLevel, Long>(TileLevel.class);
        TilePlan.scheme(cells)
                .kept(closed())
                .forEach(range -> tiles.merge(range.level(), tiles(range, every), Long::sum));
        var bytes = new EnumMap<TileLevel, Long>(TileLevel.class);
        tiles.forEach((level, count) -> bytes.put(level, count * TILE_BYTES));
        long ofKey = 0;
        for (var cell : cells) {
            HeavyWork.goOn();
            if (cell.isOfTheKey()) {
                ofKey += bytes(cell.kind(), MOST_ROWS);
                continue;
            }
            for (var range : TileScheme.of(cell.windows()).kept(closed())) {
                long rows = Math.max(1, range.level().micros() / every);
                bytes.merge(range.level(), tiles(range, every) * bytes(cell.kind(), rows), Long::sum);
            }
        }
        var levels = bytes.keySet().stream()
                .sorted(Comparator.naturalOrder())
                .map(level -> new Level(level, tiles.getOrDefault(level, 0L), bytes.getOrDefault(level, 0L)))
                .toList();
        return new Size(levels, ofKey + levels.stream().mapToLong(Level::bytes).sum());
    }

    private Closed closed() {
        return new Closed(LATE.now(), TilePlan.scheme(cells).finest());
    }

    /** Those that have an event. */
    private static long tiles(Range range, long every) {
        long from = range.from() == Window.ALWAYS ? LATE.now() - LIFETIME : range.from();
        long until = Math.min(range.until(), LATE.now() + 1);
        return Math.max(
                0, Math.ceilDiv(until - from, Math.max(every, range.level().micros())));
    }

    private int bytes(StateKind kind, long rows) {
        var sampled = new Sampled(kind, Math.min(rows, MOST_ROWS));
        return samples.computeIfAbsent(sampled, KeySizes::sample);
    }

    private static int sample(Sampled sampled) {
        return SampleStates.bytes(sampled.kind(), Math.toIntExact(sampled.rows()));
    }

    private static String text(Size size) {
        return String.format(Locale.ROOT, "%s in %,d tiles", bytes(size.bytes()), size.tiles());
    }

    private static String bytes(long bytes) {
        return bytes < 1024 ? bytes + " bytes" : String.format(Locale.ROOT, "%,.1f kB", bytes / 1024.0);
    }

    private static String text(long micros) {
        return Durations.format(Duration.of(micros, ChronoUnit.MICROS));
    }
}
