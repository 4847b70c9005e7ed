package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.AggregateTable.Stored;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.StateColumn;
import dev.asof.offline.tile.BuiltTiles;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTilesBuilder;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.StateParts;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What keys come to is the same from stored tiles and the rows beside them as from all rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TiledKeysTest {

    private static final int VIEWS = Integer.getInteger("asof.windows.tiled", 7);

    /** From here on few views need all levels. */
    private static final int FIRST_SEED = 17;

    private static final int INSTANTS = 6;

    /** What a second becomes: windows that divide hours, some of whole hours, and some of days. */
    private static final List<Integer> STRETCHES = List.of(1_800, 3_600, 86_400);

    /** Sums of this size may have lost what others haven't. */
    private static final double VAST = 1e15;

    private AggregateTable table;

    @BeforeAll
    void open() {
        table = new AggregateTable();
    }

    @AfterAll
    void close() throws SQLException {
        table.close();
    }

    /** What there is of keys, as those make it of what they read who publish it. */
    private static final class Read implements AggregateRows.Rows {

        private final ViewAggregates aggregates;
        private final TilePlan plan;
        private final Map<EntityKey, String> newest = new LinkedHashMap<>();
        private final Map<EntityKey, KeyTilesBuilder> builders = new LinkedHashMap<>();
        private final Set<TileLevel> levels = EnumSet.noneOf(TileLevel.class);
        private int rows;
        private int tiles;

        Read(ViewAggregates aggregates, TilePlan plan) {
            this.aggregates = aggregates;
            this.plan = plan;
        }

        private KeyTilesBuilder builder(EntityKey key) {
            return Objects.requireNonNull(builders.get(key), "the newest row comes first");
        }

        @Override
        public void newest(FeatureRow row) {
            assertThat(newest.put(row.key(), row.eventTimestamp() + " " + row.rowSequence()))
                    .isNull();
            builders.put(row.key(), plan.newKey());
        }

        @Override
        public void counted(FeatureRow row) {
            rows++;
            long event = Timestamps.toMicros(row.eventTimestamp());
            builder(row.key())
                    .add(event, (cell, state) -> aggregates.add(cell, state, row.kept(), event, row.rowSequence()));
        }

        @Override
        public void tile(EntityKey key, KeyTiles.Tile tile) {
            levels.add(tile.level());
            tiles++;
            builder(key).add(tile);
        }
    }

    @Test
    void W7_keysComeToTheSameFromTilesAsFromRows() {
        var levels = EnumSet.noneOf(TileLevel.class);
        int saved = 0;
        try (var tiles = new BuiltTiles(table)) {
            for (int seed = FIRST_SEED; seed < FIRST_SEED + VIEWS; seed++) {
                var random = new RandomAggregates(seed, STRETCHES.get(seed % STRETCHES.size()));
                var view = random.create(table, seed / 2 % 2 == 0, 16);
                var rows = random.rows(view, 300);
                var checks = new Checks(view, random, "seed " + seed);
                table.store(view, rows.subList(0, 150));
                checks.run(rows.subList(0, 150), 2);
                tiles.build(view, random.instant().plus(Duration.ofHours(1)));
                checks.run(rows.subList(0, 150), INSTANTS);
                for (int first = 150; first < rows.size(); first += 50) {
                    var batch = rows.subList(first, first + 50);
                    table.store(view, batch, added -> tiles.keep(view, added));
                }
                checks.run(rows, INSTANTS);
                var gap = random.instant().truncatedTo(ChronoUnit.DAYS);
                tiles.giveUp(view, gap, gap.plus(Duration.ofDays(1)));
                tiles.giveUp(view, gap.plus(Duration.ofDays(9)), gap.plus(Duration.ofDays(10)));
                checks.run(rows, INSTANTS);
                levels.addAll(checks.levels);
                saved += checks.saved;
                table.drop(view);
            }
        }
        assertThat(levels).containsExactly(TileLevel.HOUR, TileLevel.DAY, TileLevel.DAYS_32, TileLevel.DAYS_1024);
        assertThat(saved).isGreaterThan(VIEWS * 50);
    }

    /** Readings of all keys of a view. */
    private final class Checks {

        private final RegisteredView view;
        private final ViewAggregates aggregates;
        private final RandomAggregates random;
        private final String description;
        private final Set<TileLevel> levels = EnumSet.noneOf(TileLevel.class);
        private int saved;

        Checks(RegisteredView view, RandomAggregates random, String description) {
            this.view = view;
            this.aggregates = view.aggregates().orElseThrow();
            this.random = random;
            this.description = description;
        }

        void run(List<Stored> rows, int instants) {
            var keys = rows.stream()
                    .flatMap(stored -> stored.row().entity().stream())
                    .distinct()
                    .toList();
            for (int i = 0; i < instants; i++) {
                var event = random.pick(rows).row().eventTimestamp();
                var now = i % 2 == 0
                        ? random.instant()
                        : event.plus(random.pick(List.of(-1L, 0L, 1L)), ChronoUnit.MICROS);
                check(keys, now, random.pick(List.of(0, 0, 40)));
            }
        }

        private void check(List<EntityKey> keys, Instant now, int few) {
            var cells = aggregates.tileCells();
            long micros = Timestamps.toMicros(now);
            var plan =
                    TilePlan.of(cells, new Closed(micros, TilePlan.scheme(cells).finest()));
            // crowded keys are read as others are
            var ofKeys =
                    random.random().nextBoolean() ? plan : TilePlan.of(cells, new Closed(micros, TileLevel.SECOND));
            var expected =
                    read(ofKeys, found -> rows(0).read(view, keys, plan(plan).from(), now, found));
            var found = read(ofKeys, into -> rows(few).read(view, keys, plan, into));
            levels.addAll(found.levels);
            saved += expected.rows - found.rows;
            String about = "%s at %s".formatted(description, now);
            assertThat(found.newest).as(about).containsExactlyInAnyOrderEntriesOf(expected.newest);
            expected.builders.forEach((key, builder) ->
                    assertSame(builder.build(), found.builder(key).build(), about + " of " + key));
        }

        private PlannedTiles plan(TilePlan plan) {
            return new PlannedTiles(view, plan);
        }

        private Read read(TilePlan plan, Consumer<Read> reading) {
            var read = new Read(aggregates, plan);
            table.transaction.executeWithoutResult(_ -> reading.accept(read));
            return read;
        }

        private AggregateRows rows(int few) {
            return new PostgresAggregateRows(table.dataSource, _ -> few);
        }

        private void assertSame(KeyTiles expected, KeyTiles found, String about) {
            assertThat(found.newestEvent()).as(about).isEqualTo(expected.newestEvent());
            assertSame(expected.newest(), found.newest(), about);
            assertThat(found.tiles())
                    .extracting(TiledKeysTest::place)
                    .as(about)
                    .isEqualTo(
                            expected.tiles().stream().map(TiledKeysTest::place).toList());
            for (int i = 0; i < expected.tiles().size(); i++) {
                var tile = expected.tiles().get(i);
                assertSame(tile.cells(), found.tiles().get(i).cells(), about + " in " + place(tile));
            }
        }

        private void assertSame(
                List<@Nullable AggregateState> expected, List<@Nullable AggregateState> found, String about) {
            for (int cell = 0; cell < expected.size(); cell++) {
                var kind = aggregates.cells().get(cell).kind();
                TiledKeysTest.assertSame(kind, expected.get(cell), found.get(cell), "%s: %s".formatted(about, kind));
            }
        }
    }

    private static String place(KeyTiles.Tile tile) {
        return "%s %s %s".formatted(tile.level(), tile.start(), tile.greatestEvent());
    }

    private static void assertSame(
            StateKind kind, @Nullable AggregateState expected, @Nullable AggregateState found, String about) {
        assertThat(found == null).as(about).isEqualTo(expected == null);
        if (expected == null || found == null) {
            return;
        }
        var parts = StateColumn.of(kind);
        var a = StateParts.of(kind, expected);
        var b = StateParts.of(kind, found);
        for (int i = 0; i < parts.size(); i++) {
            switch (parts.get(i).part()) {
                case SUM -> assertNear(numbers(a[i]), numbers(b[i]), numbers(a[i]), about);
                case MEAN ->
                    assertNear(numbers(a[i]), numbers(b[i]), deviation(numbers(a[i - 1]), numbers(a[i + 1])), about);
                case SQUARES ->
                    assertNear(numbers(a[i]), numbers(b[i]), squares(numbers(a[i - 2]), numbers(a[i - 1])), about);
                case REST, MARKS -> {
                    // what was lost depends on the order, and is little
                }
                case N, HIGH, LOW, VALUE, EVENT, SEQUENCE, KEY, HASH, MORE ->
                    assertThat(text(b[i]))
                            .as("%s, %s", about, parts.get(i).part())
                            .isEqualTo(text(a[i]));
            }
        }
    }

    private static List<?> list(@Nullable Object part) {
        return part instanceof List<?> list ? list : Arrays.asList(part);
    }

    private static double[] numbers(@Nullable Object part) {
        return list(part).stream()
                .mapToDouble(number -> ((Number) Objects.requireNonNull(number)).doubleValue())
                .toArray();
    }

    /** The sum of the squared numbers, about. */
    private static double[] squares(double[] n, double[] mean) {
        return IntStream.range(0, n.length)
                .mapToDouble(i -> n[i] * mean[i] * mean[i])
                .toArray();
    }

    private static double[] deviation(double[] n, double[] squares) {
        return IntStream.range(0, n.length)
                .mapToDouble(i -> Math.sqrt(squares[i] * n[i]))
                .toArray();
    }

    private static void assertNear(double[] expected, double[] found, double[] magnitude, String about) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            double vast = Math.max(Math.abs(expected[i]), Math.abs(found[i]));
            double size = Math.abs(magnitude[i]);
            if (vast < VAST && Double.isFinite(size)) {
                assertThat(found[i]).as(about).isCloseTo(expected[i], Offset.offset(1e-9 * vast + 1e-12 * size + 1e-3));
            }
        }
    }

    /** To the bit: floats by their text, which tells zeros apart. */
    private static String text(@Nullable Object part) {
        var texts = new ArrayList<String>();
        list(part)
                .forEach(one -> texts.add(one instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(one)));
        return texts.toString();
    }

    @Test
    void W7_aBusyKeyIsReadByItsTilesAndAQuietOneByItsRows() {
        var month = AggregateTable.window(Duration.ofDays(30), Duration.ofDays(1));
        var hour = AggregateTable.window(Duration.ofHours(1), Duration.ofMinutes(1));
        var view = table.create(
                List.of(AggregateTable.key("name", ScalarType.STRING)),
                List.of(),
                AggregateTable.features(
                        List.of(), List.of(Aggregated.count("month", month), Aggregated.count("hour", hour))));
        var now = Instant.parse("2026-03-03T10:40:00Z");
        storeEvery(view, "busy", now, Duration.ofMinutes(4));
        storeEvery(view, "quiet", now, Duration.ofHours(8));
        try (var tiles = new BuiltTiles(table)) {
            tiles.build(view, now);
        }

        var plan = TilePlan.of(
                view.aggregates().orElseThrow().tileCells(), new Closed(Timestamps.toMicros(now), TileLevel.MINUTE));
        var busy = read(view, "busy", plan);
        var quiet = read(view, "quiet", plan);

        // the 30 days that are over, the hours of today but the last two, and the rows since 9 o'clock
        assertThat(busy.tiles).isEqualTo(30 + 9);
        assertThat(busy.rows).isEqualTo(26);
        assertThat(quiet.tiles).isZero();
        assertThat(quiet.rows).isEqualTo(92);
        table.drop(view);
    }

    private Read read(RegisteredView view, String name, TilePlan plan) {
        var read = new Read(view.aggregates().orElseThrow(), plan);
        var keys = List.of(Objects.requireNonNull(EntityKey.of(List.of(name))));
        var rows = new PostgresAggregateRows(table.dataSource);
        table.transaction.executeWithoutResult(_ -> rows.read(view, keys, plan, read));
        return read;
    }

    private void storeEvery(RegisteredView view, String name, Instant until, Duration pause) {
        table.jdbc.execute("""
            insert into %1$s select %2$s, at, row_number() over (), 1, at, false, null
            from generate_series(timestamptz %3$s - interval '31 days', timestamptz %3$s, interval '%4$s minutes') at
            """.formatted(
                        OfflineNames.featureTable(view),
                        Sql.literal(name),
                        Sql.literal(Timestamps.format(until)),
                        pause.toMinutes()));
    }
}
