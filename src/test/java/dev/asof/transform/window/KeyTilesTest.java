package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.KeyTiles.Cell;
import dev.asof.transform.window.TileScheme.Closed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** What tiles of a key answer, against states of the rows in the window. */
class KeyTilesTest {

    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private static final List<StateKind> KINDS = List.of(
            new StateKind.Count(),
            new StateKind.IntegerSum(),
            new StateKind.LastValues(4, ScalarType.INT64),
            new StateKind.Edge(true, ScalarType.INT64),
            new StateKind.Edge(false, ScalarType.INT64),
            new StateKind.LastDistinct(3, ScalarType.INT64),
            new StateKind.Frequencies(2, ScalarType.INT64));

    /** The coarsest first. */
    private static final List<TileLevel> LEVELS = List.of(TileLevel.values()).reversed();

    record Row(long event, long sequence, long value) {

        void addTo(AggregateState state) {
            state.add(value, ValueHash.of(value), event, sequence);
        }
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W1_tilesAnswerWhatTheRowsInTheWindowDo(@ForAll long seed) {
        var random = new Random(seed);
        var cells = cells(random);
        long now = random.nextLong(-3000 * DAY, 30_000 * DAY);
        boolean seconds = random.nextInt(4) == 0;
        var plan = TilePlan.of(
                cells,
                new Closed(
                        now, seconds ? TileLevel.SECOND : TilePlan.scheme(cells).finest()));
        var rows = rows(random, now, cells);
        var builder = plan.newKey();
        for (var row : addTiles(random, cells, plan, rows, builder)) {
            // the second value is one that no state wants
            builder.add(row.event, (_, state) -> {
                if (row.value != 1) {
                    row.addTo(state);
                }
            });
        }
        var tiles = builder.build();

        long asOf = now + (random.nextBoolean() ? 0 : random.nextLong(3 * DAY));
        for (int cell = 0; cell < cells.size(); cell++) {
            for (var window : cells.get(cell).windows()) {
                check(tiles, cell, cells.get(cell).kind(), window, asOf, rows);
            }
        }
    }

    /** Some of the rows as tiles, where those of crowded keys are as well as others' are; the other rows. */
    private static List<Row> addTiles(
            Random random, List<Cell> cells, TilePlan plan, List<Row> rows, KeyTilesBuilder builder) {
        var usual = TilePlan.of(
                cells, new Closed(plan.closed().now(), TilePlan.scheme(cells).finest()));
        var left = new ArrayList<>(rows);
        for (var level : random.nextBoolean() ? List.of(TileLevel.DAYS_32, TileLevel.DAY, TileLevel.HOUR) : LEVELS) {
            var taken = (level.isFinerThan(TileLevel.HOUR) ? plan : usual).taken(level);
            var tiles = left.stream()
                    .filter(row -> taken.stream().anyMatch(range -> range.contains(row.event)))
                    .collect(Collectors.groupingBy(row -> level.floor(row.event)));
            tiles.forEach((start, ofTile) -> {
                if (random.nextInt(3) > 0) {
                    builder.add(tile(cells, level, start, ofTile));
                    left.removeAll(ofTile);
                }
            });
        }
        return left;
    }

    private static KeyTiles.Tile tile(List<Cell> cells, TileLevel level, long start, List<Row> rows) {
        var states = cells.stream().map(cell -> cell.kind().empty()).toList();
        for (Row row : rows) {
            states.stream().filter(_ -> row.value != 1).forEach(row::addTo);
        }
        return new KeyTiles.Tile(
                level,
                start,
                rows.stream().mapToLong(Row::event).max().orElseThrow(),
                states.stream().map(state -> state.isEmpty() ? null : state).toList());
    }

    private static void check(KeyTiles tiles, int cell, StateKind kind, Window window, long asOf, List<Row> rows) {
        long from = window.from(asOf);
        var states = tiles.states(cell, kind, window, asOf);
        assertThat(states).hasSize(window.steps());
        long step = window.length() / window.steps();
        for (int i = 0; i < states.size(); i++) {
            long begin = window.steps() == 1 ? from : from + i * step;
            long end = window.steps() == 1 ? window.until(asOf) : begin + step;
            var expected = kind.empty();
            rows.stream()
                    .filter(row -> row.value != 1 && row.event >= begin && row.event < end)
                    .forEach(row -> row.addTo(expected));
            assertThat(encoded(states.get(i)))
                    .as("%s in %s step %s at %s", kind, window, i, asOf)
                    .isEqualTo(encoded(expected));
        }
        long greatest = rows.stream()
                .mapToLong(Row::event)
                .filter(event -> event >= from && event < window.until(asOf))
                .max()
                .orElse(KeyTiles.NO_EVENT);
        assertThat(tiles.greatestEvent(window, asOf)).isEqualTo(greatest);
    }

    private static byte[] encoded(AggregateState state) {
        var out = new StateWriter();
        state.encode(out);
        return out.toBytes();
    }

    private static List<Cell> cells(Random random) {
        var windows = List.of(
                Window.of(10 * SECOND, SECOND),
                Window.of(HOUR, MINUTE),
                Window.of(5 * HOUR, 5 * MINUTE),
                Window.of(DAY, HOUR),
                Window.of(30 * DAY, DAY),
                Window.of(200 * DAY, DAY),
                Window.of(Window.UNBOUNDED, DAY),
                new Window(2 * HOUR, HOUR, 24 * HOUR, 1),
                new Window(3 * DAY, DAY, 70 * DAY, 1),
                new Window(6 * HOUR, HOUR, 0, 6),
                new Window(90 * DAY, DAY, 2 * DAY, 3));
        var cells = new ArrayList<Cell>();
        for (var kind : KINDS) {
            int first = random.nextInt(windows.size());
            cells.add(new Cell(
                    kind,
                    random.nextBoolean()
                            ? List.of(windows.get(first))
                            : List.of(windows.get(first), windows.get((first + 1 + random.nextInt(9)) % 11))));
        }
        return cells.subList(0, 1 + random.nextInt(cells.size()));
    }

    /** Dense just before now and sparse further back, in no order; some at the edges of windows. */
    private static List<Row> rows(Random random, long now, List<Cell> cells) {
        var rows = new ArrayList<Row>();
        int count = random.nextInt(200);
        for (int i = 0; i < count; i++) {
            long back = (long) Math.pow(400.0 * DAY, random.nextDouble());
            if (random.nextInt(4) == 0) {
                var windows = cells.get(random.nextInt(cells.size())).windows();
                var window = windows.get(random.nextInt(windows.size()));
                if (!window.isUnbounded()) {
                    back = Math.max(0, now - window.from(now) - random.nextInt(3) + 1);
                }
            }
            rows.add(new Row(now - back, i, random.nextInt(6)));
        }
        return rows;
    }

    @Test
    void W8_aStateIsKeptOnlyWhereAWindowNeedsIt() {
        var cells = List.of(
                new Cell(new StateKind.Count(), List.of(Window.of(30 * DAY, DAY))),
                new Cell(new StateKind.DistinctHashes(), List.of(Window.of(HOUR, MINUTE))),
                new Cell(new StateKind.LastValues(3, ScalarType.INT64), List.of(Window.of(30 * DAY, DAY))));
        long now = 20_000 * DAY + 13 * HOUR + 37 * MINUTE;
        var builder = TilePlan.of(cells, new Closed(now, TileLevel.MINUTE)).newKey();
        for (long back = 0; back < 40 * DAY; back += 7 * MINUTE) {
            long event = now - back;
            builder.add(event, (cell, state) -> state.add(cell == 1 ? event : 1L, 0, event, 1));
        }
        var tiles = builder.build();

        assertThat(tiles.tiles()).allSatisfy(tile -> {
            assertThat(tile.cells().get(1) == null || tile.start() >= now - HOUR - MINUTE)
                    .isTrue();
            assertThat(tile.cells().get(2)).isNull();
        });
        assertThat(tiles.newest().get(2)).isNotNull();
        assertThat(tiles.newest().get(0)).isNull();
        assertThat(tiles.tiles().stream().filter(tile -> tile.level() == TileLevel.DAY))
                .hasSize(30);
        assertThat(tiles.tiles()).hasSizeLessThan(31 + 23 + 60 + 60);
    }
}
