package dev.asof.offline.tile;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.offline.AggregateTable;
import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TileStatements;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.support.MutableClock;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.StateParts;
import dev.asof.transform.window.TileLevel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** In what is readable, the stored tiles are those of the rows, in every snapshot, whoever writes meanwhile. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StoredTilesTest {

    private static final Instant NOW = Instant.parse("1970-02-20T07:31:00Z");
    private static final long SEED = 20_260_711;

    /** More tiles than these aren't recomputed by batches. */
    private static final int FEW = 40;

    private AggregateTable table;
    private HikariDataSource dataSource;
    private JdbcTemplate jdbc;
    private TransactionTemplate transaction;
    private TransactionTemplate snapshot;
    private Coverage coverage;
    private StoredTiles stored;
    private final AtomicLong batches = new AtomicLong(1);
    private final AtomicLong sequences = new AtomicLong(1);

    @BeforeAll
    void open() {
        table = new AggregateTable();
        dataSource = BuiltTiles.pool(table);
        jdbc = new JdbcTemplate(dataSource);
        var transactions = new JdbcTransactionManager(dataSource);
        transaction = new TransactionTemplate(transactions);
        snapshot = new TransactionTemplate(transactions);
        snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        coverage = new Coverage(dataSource);
        stored = new StoredTiles(coverage, dataSource, metrics());
    }

    private static TileMetrics metrics() {
        return new TileMetrics(new SimpleMeterRegistry(), MutableClock.standing(NOW));
    }

    private TileBuilder builder(RegisteredView view, Instant now) {
        return BuiltTiles.builder(view, dataSource, metrics(), now);
    }

    @AfterAll
    void close() throws SQLException {
        dataSource.close();
        table.close();
    }

    /** All kinds of states, over windows that need all levels. */
    private RegisteredView view(boolean rowId) {
        var month = AggregateTable.window(Duration.ofDays(200), Duration.ofDays(1));
        var aggregates = new ArrayList<Aggregated>();
        aggregates.add(Aggregated.count("events", month));
        aggregates.add(Aggregated.of("total", AggregateFunction.SUM, ScalarType.INT64, month));
        aggregates.add(Aggregated.of("sum", AggregateFunction.SUM, ScalarType.FLOAT64, month));
        aggregates.add(Aggregated.of("spread", AggregateFunction.STDDEV, ScalarType.FLOAT64, month));
        aggregates.add(Aggregated.of("distinct", AggregateFunction.COUNT_DISTINCT, ScalarType.STRING, month));
        for (var type : List.of(
                ScalarType.INT32, ScalarType.FLOAT32, ScalarType.FLOAT64, ScalarType.STRING, ScalarType.TIMESTAMP)) {
            aggregates.add(Aggregated.of("max_" + type, AggregateFunction.MAX, type, month));
            aggregates.add(Aggregated.of("min_" + type, AggregateFunction.MIN, type, month));
        }
        for (var type : ScalarType.values()) {
            aggregates.add(Aggregated.of("first_" + type, AggregateFunction.FIRST, type, month));
        }
        aggregates.add(Aggregated.of("last", AggregateFunction.LAST, ScalarType.STRING, month));
        aggregates.add(sized("p", AggregateFunction.APPROX_QUANTILE, ScalarType.FLOAT64, 0, 0));
        aggregates.add(sized("last_n", AggregateFunction.LAST_N, ScalarType.FLOAT64, 3, 0));
        aggregates.add(sized("distinct_n", AggregateFunction.DISTINCT_N, ScalarType.STRING, 3, 0));
        aggregates.add(sized("top_k", AggregateFunction.TOP_K, ScalarType.STRING, 2, 0));
        aggregates.add(sized("sum_by", AggregateFunction.SUM, ScalarType.INT64, 0, 2));
        aggregates.add(sized("max_by", AggregateFunction.MAX, ScalarType.STRING, 0, 2));
        aggregates.add(sized("last_by", AggregateFunction.LAST, ScalarType.TIMESTAMP, 0, 2));
        aggregates.add(sized("spread_by", AggregateFunction.VARIANCE, ScalarType.FLOAT64, 0, 2));
        return table.create(
                List.of(AggregateTable.key("name", ScalarType.STRING)),
                rowId ? List.of(AggregateTable.key("id", ScalarType.INT64)) : List.of(),
                AggregateTable.features(List.of(), aggregates));
    }

    private static Aggregated sized(String name, AggregateFunction function, ScalarType type, int size, int maxKeys) {
        return new Aggregated(
                name,
                function,
                Optional.of(type),
                Optional.empty(),
                AggregateTable.window(Duration.ofDays(200), Duration.ofDays(1)),
                size,
                0.5,
                maxKeys == 0 ? Optional.empty() : Optional.of(ScalarType.STRING),
                maxKeys);
    }

    /** As a batch does it. */
    private void store(RegisteredView view, List<FeatureRow> rows, Instant known) {
        transaction.executeWithoutResult(_ -> {
            var batch = new BatchId(batches.getAndIncrement());
            var touched = new TouchedTiles(view, FEW);
            var buffer = table.tables.buffer(view);
            for (FeatureRow row : rows) {
                table.tables.append(buffer, view, row, batch, known);
                touched.add(row);
            }
            jdbc.execute((Connection connection) -> {
                RowCopier.copy(buffer, connection);
                return buffer.rows();
            });
            stored.keep(List.of(touched));
        });
    }

    private Void write(RegisteredView view, Random random, int turns) {
        var rows = new RandomRows(random, view, 4, true);
        for (int turn = 0; turn < turns; turn++) {
            boolean many = random.nextInt(40) == 0;
            int number = many ? FEW + 10 : 1 + random.nextInt(12);
            var batch = new ArrayList<FeatureRow>();
            long hours = many ? 3_000 : 1 + random.nextInt(60 * 24);
            for (int i = 0; i < number; i++) {
                var event = NOW.minusSeconds(random.nextLong(hours * 3600 + 1)).plusSeconds(random.nextInt(120));
                long sequence = sequences.getAndIncrement();
                batch.add(rows.row(event, random.nextInt(10) == 0 ? sequence / 2 : sequence, 150));
            }
            store(view, batch, NOW.minusSeconds(random.nextInt(10_000)));
        }
        return null;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void W7_tilesAreThoseOfTheRowsWhoeverWritesMeanwhile(boolean rowId) throws Exception {
        var view = view(rowId);
        var random = new Random(SEED);
        write(view, random, 30);
        builder(view, NOW).run();
        var stop = new AtomicBoolean();
        int checked = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int writer = 0; writer < 2; writer++) {
                long seed = SEED + writer + 1;
                running.add(threads.submit(() -> write(view, new Random(seed), 25)));
            }
            for (var pause : List.of(Duration.ofMillis(5), Duration.ofMillis(700))) {
                var builder = builder(view, NOW);
                running.add(threads.submit((Callable<Void>) () -> {
                    while (!stop.get()) {
                        builder.run();
                        Thread.sleep(pause);
                    }
                    return null;
                }));
            }
            try {
                while (!running.get(0).isDone() || !running.get(1).isDone()) {
                    checked += check(view);
                }
            } finally {
                stop.set(true);
            }
            for (var one : running) {
                one.get();
            }
        }
        builder(view, NOW).run();
        assertThat(coverage.read(view).readable().all()).hasSize(1);
        assertThat(check(view)).isGreaterThan(300);
        assertThat(checked).isPositive();
        // an hour later
        builder(view, NOW.plus(Duration.ofHours(1))).run();
        write(view, random, 20);
        builder(view, NOW.plus(Duration.ofHours(1))).run();
        assertThat(check(view)).isGreaterThan(300);
    }

    /** Compares the tiles that a snapshot sees with its rows; how many there are. */
    private int check(RegisteredView view) {
        return Objects.requireNonNull(snapshot.execute(_ -> {
            var readable = coverage.read(view).readable();
            var expected = expected(view, readable);
            var found = found(view, readable);
            assertThat(found.keySet()).containsAll(expected.keySet());
            found.forEach((place, tile) -> {
                var wanted = expected.get(place);
                if (wanted == null) {
                    assertThat(tile).as(place.toString()).isEqualTo("nothing");
                } else {
                    assertThat(tile).as(place.toString()).isEqualTo(wanted);
                }
            });
            return expected.size();
        }));
    }

    private record Row(
            @Nullable EntityKey key,
            long event,
            long sequence,
            long batch,
            long known,
            boolean deleted,
            @Nullable Object[] kept) {}

    /** By the rule, over all rows. */
    private Map<Place, String> expected(RegisteredView view, Stretches readable) {
        var aggregates = view.aggregates().orElseThrow();
        var rows = rows(view, aggregates);
        Collections.shuffle(rows, new Random(1));
        Map<Object, Row> newest = new HashMap<>();
        int id = aggregates.inputs().size();
        boolean hasId = !view.rowId().isEmpty();
        for (Row row : rows) {
            if (hasId && row.kept()[id] != null) {
                newest.merge(
                        Objects.requireNonNull(row.kept()[id]), row, (a, b) -> a.sequence() > b.sequence() ? a : b);
            }
        }
        var tiles = new TreeMap<Place, TileState>();
        for (Row row : rows) {
            if (row.key() == null) {
                continue;
            }
            for (TileLevel level : TileStatements.levels(view)) {
                if (readable.containsTile(level, row.event())) {
                    var tile = tiles.computeIfAbsent(
                            Place.of(row.key(), level, row.event()), _ -> new TileState(aggregates));
                    tile.see(row.known(), row.batch());
                    var last =
                            hasId && row.kept()[id] != null ? Objects.requireNonNull(newest.get(row.kept()[id])) : row;
                    if (last != row) {
                        tile.see(last.known(), last.batch());
                    } else if (!row.deleted()) {
                        tile.count(row.kept(), row.event(), row.sequence(), row.known());
                    }
                }
            }
        }
        var texts = new TreeMap<Place, String>();
        tiles.forEach((place, tile) -> texts.put(place, text(aggregates, tile)));
        return texts;
    }

    private List<Row> rows(RegisteredView view, ViewAggregates aggregates) {
        var types = aggregates.columnTypes();
        return jdbc.query(
                "select name, event_timestamp, row_sequence, batch_id, known_timestamp, deleted, %s from %s"
                        .formatted(
                                String.join(", ", OfflineNames.keptColumns(aggregates)),
                                OfflineNames.featureTable(view)),
                (result, _) -> {
                    var kept = new @Nullable Object[types.size()];
                    for (int i = 0; i < kept.length; i++) {
                        kept[i] = ResultValues.read(result, 7 + i, types.get(i));
                    }
                    return new Row(
                            EntityKey.of(Collections.singletonList(result.getString(1))),
                            Timestamps.toMicros(ResultValues.instant(result, 2)),
                            result.getLong(3),
                            result.getLong(4),
                            Timestamps.toMicros(ResultValues.instant(result, 5)),
                            result.getBoolean(6),
                            kept);
                });
    }

    private static String text(ViewAggregates aggregates, TileState tile) {
        if (tile.batchMin > tile.batchMax) {
            return "nothing";
        }
        var cells = new ArrayList<String>();
        for (int cell = 0; cell < tile.cells.length; cell++) {
            var state = tile.cells[cell];
            var kind = aggregates.cells().get(cell).kind();
            cells.add(state == null || state.isEmpty() ? "-" : Rounded.text(StateParts.of(kind, state)));
        }
        return "%s %s %s %s %s %s %s"
                .formatted(
                        tile.lastEvent,
                        tile.lastKnown,
                        tile.knownMin,
                        tile.knownMax,
                        tile.batchMin,
                        tile.batchMax,
                        cells);
    }

    private Map<Place, String> found(RegisteredView view, Stretches readable) {
        var aggregates = view.aggregates().orElseThrow();
        var store = new TileStore(view, aggregates);
        var tiles = new TreeMap<Place, String>();
        jdbc.query(
                "select t.name, t.level, t.start, %s from %s t"
                        .formatted(store.columns("t"), TileStatements.table(view)),
                result -> {
                    var key = Objects.requireNonNull(EntityKey.of(List.of(result.getString(1))));
                    var place = new Place(
                            key,
                            TileLevel.values()[result.getInt(2)],
                            Timestamps.toMicros(ResultValues.instant(result, 3)));
                    if (readable.contains(place.start(), place.until())) {
                        tiles.put(place, text(aggregates, store.read(result, 4)));
                    }
                });
        return tiles;
    }

    /** Floats that were added in another order differ in their last digits. */
    private static final class Rounded {

        /** Off the halves, which sums of halves often are: there the last digit would decide the sixth. */
        private static final double ASIDE = 1 + 1.234e-9;

        static String text(@Nullable Object[] parts) {
            return text(Arrays.asList(parts));
        }

        private static String text(@Nullable Object part) {
            return switch (part) {
                case null -> "null";
                case Double number ->
                    Double.isFinite(number)
                            ? String.format(
                                    java.util.Locale.ROOT, "%.6e", Math.abs(number) < 1e-6 ? 0.0 : number * ASIDE)
                            : number.toString();
                case byte[] bytes -> Arrays.toString(bytes);
                case List<?> list -> list.stream().map(Rounded::text).toList().toString();
                default -> part.toString();
            };
        }
    }
}
