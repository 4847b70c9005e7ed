package dev.asof.offline.tile;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.TileStatements;
import dev.asof.offline.tile.Stretches.Stretch;
import dev.asof.postgres.BriefLocks;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.VersionState;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes the tiles that are missing, a stretch of time after the other, the newest first. Batches are told to keep a stretch's tiles
 * true from now on; its tiles are made from the rows that were there, in short transactions, but for those that batches have made
 * meanwhile; then readers may use them. Whatever else has become of the stretch meanwhile, or is made of it by another server, ends
 * what is under way ({@link Coverage#isBuilding}); it begins again.
 */
@Component
public class TileBuilder {

    /** So long a stretch isn't over: most rows come a little late, and each would have its tiles recomputed. */
    private static final Duration CLOSED_AFTER = Duration.ofMinutes(10);

    private static final Duration A_TURN = Duration.ofSeconds(5);
    private static final int FETCH_SIZE = 2_000;
    private static final int TILES_AT_ONCE = 5_000;
    private static final int DELETED_AT_ONCE = 20_000;

    /** Of so many rows a stretch takes a second or two; while there are fewer the next one may be longer. */
    private static final long ROWS_WANTED = 100_000;

    private static final int GROWTH = 8;

    private final Supplier<List<RegisteredView>> views;
    private final Coverage coverage;
    private final JdbcTemplate jdbc;
    private final BriefLocks locks;
    private final TransactionTemplate transaction;
    private final TransactionTemplate ofItsOwn;
    private final TileMetrics metrics;
    private final Clock clock;

    /** How long the next stretch of a view version may be, by its id. */
    private final Map<Long, Long> lengths = new ConcurrentHashMap<>();

    @Autowired
    TileBuilder(
            Registry registry,
            Coverage coverage,
            DataSource dataSource,
            PlatformTransactionManager transactions,
            TileMetrics metrics,
            Clock clock) {
        this(() -> ready(registry.current()), coverage, dataSource, transactions, metrics, clock);
    }

    /** @param views that have all their rows */
    TileBuilder(
            Supplier<List<RegisteredView>> views,
            Coverage coverage,
            DataSource dataSource,
            PlatformTransactionManager transactions,
            TileMetrics metrics,
            Clock clock) {
        this.views = views;
        this.coverage = coverage;
        this.jdbc = new JdbcTemplate(dataSource);
        this.jdbc.setFetchSize(FETCH_SIZE);
        this.locks = new BriefLocks(jdbc);
        this.transaction = new TransactionTemplate(transactions);
        this.ofItsOwn = new TransactionTemplate(transactions);
        this.ofItsOwn.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.metrics = metrics;
        this.clock = clock;
    }

    /** Makes missing tiles of all view versions in turns, for some seconds at most. */
    public void run() {
        long end = System.nanoTime() + A_TURN.toNanos();
        boolean goesOn = true;
        while (goesOn && System.nanoTime() < end) {
            goesOn = false;
            for (RegisteredView view : views.get()) {
                goesOn |= step(view);
            }
        }
    }

    /** Rows that a backfill adds stand in tiles that nobody recomputes. */
    private static List<RegisteredView> ready(RegistrySnapshot snapshot) {
        return snapshot.liveViews().stream()
                .filter(view -> view.state() == VersionState.READY
                        && TileStatements.hasTiles(view)
                        && snapshot.canCompute(view.version()))
                .toList();
    }

    /** Makes the tiles of one stretch; whether there may be more to do. */
    boolean step(RegisteredView view) {
        var state = coverage.read(view);
        var missing = missing(state);
        if (missing.isEmpty()) {
            return false;
        }
        Stretch gap = missing.all().getLast();
        long day = TileLevel.DAY.micros();
        long length = lengths.getOrDefault(view.id(), day);
        var stretch = new Stretch(
                Math.max(gap.from(), TileLevel.DAY.floor(gap.until() - Math.min(length, gap.until() - gap.from()))),
                gap.until());
        long building = state.building() + 1;
        if (alone(view, () -> coverage.claim(view, stretch, building))
                && deleteStale(view, stretch, building)
                && alone(view, () -> coverage.maintain(view, stretch, building))) {
            var work = new Building(view, view.aggregates().orElseThrow(), stretch, building);
            if (work.run()) {
                lengths.put(view.id(), nextLength(stretch, work.rowsRead));
            }
        }
        return true;
    }

    private Stretches missing(Coverage.State state) {
        long closed = TileLevel.HOUR.floor(
                Timestamps.toMicros(Timestamps.truncated(clock.instant().minus(CLOSED_AFTER))));
        return state.readable().gapsIn(new Stretch(TileStatements.FIRST, closed));
    }

    private static long nextLength(Stretch stretch, long rows) {
        long length = Math.max(TileLevel.DAY.micros(), stretch.until() - stretch.from());
        if (rows < ROWS_WANTED / GROWTH) {
            return length * GROWTH;
        }
        return rows > ROWS_WANTED
                ? Math.max(TileLevel.DAY.micros(), (long) ((double) length * ROWS_WANTED / rows))
                : length;
    }

    private boolean alone(RegisteredView view, BooleanSupplier change) {
        return Boolean.TRUE.equals(transaction.execute(_ -> {
            locks.run(List.of(Coverage.alone(view)));
            return change.getAsBoolean();
        }));
    }

    /**
     * Takes away what is left of tiles that nobody keeps true; no batch that did so before is under way any more.
     *
     * @return false if what is built has changed meanwhile
     */
    private boolean deleteStale(RegisteredView view, Stretch stretch, long building) {
        String inside = TileStatements.levels(view).stream()
                .map(level -> "level = %s and start > :from - interval '%s microseconds' and start < :until"
                        .formatted(level.ordinal(), level.micros()))
                .collect(Collectors.joining(" or "));
        String sql = "delete from %1$s where ctid = any (array(select ctid from %1$s where %2$s limit %3$s))"
                .formatted(
                        TileStatements.table(view),
                        inside.replace(":from", instant(stretch.from())).replace(":until", instant(stretch.until())),
                        DELETED_AT_ONCE);
        while (true) {
            var deleted = Objects.requireNonNull(
                    transaction.execute(_ -> coverage.isBuilding(view, building) ? jdbc.update(sql) : -1));
            if (deleted < DELETED_AT_ONCE) {
                return deleted >= 0;
            }
        }
    }

    private static String instant(long micros) {
        return Sql.literal(Timestamps.format(Timestamps.ofMicros(micros))) + "::timestamptz";
    }

    /** One stretch of one view version. */
    private final class Building {

        private final RegisteredView view;
        private final ViewAggregates aggregates;
        private final Stretch stretch;
        private final long number;
        private final TileRows rows;
        private final TileStore store;
        private final List<TileLevel> levels;
        private final Map<Place, TileState> waiting = new TreeMap<>();
        private long rowsRead;
        private boolean givenUp;
        private @Nullable EntityKey key;

        private Building(RegisteredView view, ViewAggregates aggregates, Stretch stretch, long number) {
            this.view = view;
            this.aggregates = aggregates;
            this.stretch = stretch;
            this.number = number;
            this.rows = new TileRows(view, aggregates);
            this.store = new TileStore(view, aggregates);
            this.levels = TileStatements.levels(view);
        }

        /** Whether it wasn't given up. */
        private boolean run() {
            transaction.executeWithoutResult(
                    _ -> jdbc.query(connection -> inStretch(connection, rows.ofStretchSql(), stretch), this::takeRow));
            write();
            for (int i = 1; i < levels.size(); i++) {
                makeCoarser(levels.get(i), levels.get(i - 1));
            }
            if (!givenUp) {
                coverage.built(view, stretch, number);
            }
            return !givenUp;
        }

        private static PreparedStatement inStretch(Connection connection, String sql, Stretch stretch)
                throws SQLException {
            var statement = connection.prepareStatement(sql);
            statement.setFetchSize(FETCH_SIZE);
            statement.setObject(1, Timestamps.ofMicros(stretch.from()).atOffset(java.time.ZoneOffset.UTC));
            statement.setObject(2, Timestamps.ofMicros(stretch.until()).atOffset(java.time.ZoneOffset.UTC));
            return statement;
        }

        private void takeRow(ResultSet result) throws SQLException {
            rowsRead++;
            EntityKey next = rows.key(result);
            begin(next);
            rows.take(result, view.keys().size() + 1, event -> tile(Place.of(next, levels.getFirst(), event)));
        }

        /** The tiles of a key are complete when the next one comes. */
        private void begin(EntityKey next) {
            if (!next.equals(key)) {
                if (waiting.size() >= TILES_AT_ONCE) {
                    write();
                }
                key = next;
            }
        }

        private TileState tile(Place place) {
            return waiting.computeIfAbsent(place, _ -> new TileState(aggregates));
        }

        private void makeCoarser(TileLevel level, TileLevel finer) {
            var whole = coverage.read(view).maintained().all().stream()
                    .filter(kept -> kept.from() <= stretch.from() && kept.until() >= stretch.until())
                    .findFirst();
            if (givenUp || whole.isEmpty()) {
                givenUp = true;
                return;
            }
            var blocks = new Stretch(
                    Math.max(level.ceiling(whole.get().from()), level.floor(stretch.from())),
                    Math.min(level.floor(whole.get().until()), level.ceiling(stretch.until())));
            if (blocks.isEmpty()) {
                return;
            }
            key = null;
            var order =
                    view.keys().stream().map(kept -> "t." + quoted(kept.name())).toList();
            String sql = "select %st.start, %s from %s t where t.level = %s and t.start >= ? and t.start < ?%s"
                    .formatted(
                            order.stream().map(column -> column + ", ").collect(Collectors.joining()),
                            store.columns("t"),
                            TileStatements.table(view),
                            finer.ordinal(),
                            order.isEmpty() ? "" : " order by " + Sql.commaSeparated(order));
            transaction.executeWithoutResult(_ ->
                    jdbc.query(connection -> inStretch(connection, sql, blocks), result -> {
                        EntityKey next = rows.key(result);
                        begin(next);
                        int column = view.keys().size() + 1;
                        long start = Timestamps.toMicros(ResultValues.instant(result, column));
                        tile(Place.of(next, level, start)).merge(store.read(result, column + 1));
                    }));
            write();
        }

        private void write() {
            if (!givenUp && !waiting.isEmpty()) {
                givenUp = !Boolean.TRUE.equals(ofItsOwn.execute(_ -> coverage.isBuilding(view, number) && insert()));
                metrics.built(waiting.size());
            }
            waiting.clear();
        }

        /** Those that batches have made meanwhile are newer. */
        private boolean insert() {
            String table = TileStatements.table(view);
            jdbc.execute("create temporary table asof_new_tiles (like %s) on commit drop".formatted(table));
            RowBuffer buffer = store.buffer("asof_new_tiles");
            waiting.forEach((place, tile) -> store.append(buffer, place, tile));
            copy(buffer);
            jdbc.execute("insert into %s select * from asof_new_tiles on conflict do nothing".formatted(table));
            return true;
        }

        private void copy(RowBuffer buffer) {
            jdbc.execute((Connection connection) -> {
                RowCopier.copy(buffer, connection);
                return buffer.rows();
            });
        }
    }
}
