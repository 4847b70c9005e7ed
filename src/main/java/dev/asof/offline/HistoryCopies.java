package dev.asof.offline;

import dev.asof.offline.copy.GrowingFile;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TableRevision;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Lock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Keeps copies of view versions' rows on this server for large joins: a spine row takes Postgres several times as long.
 * A copy is made, aside, when so many spine rows were joined in Postgres that it would have been worth its cost, and
 * brought up to date by each join that uses it. Copies live as long as the server.
 */
@Component
public class HistoryCopies implements DisposableBean {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryCopies.class);

    /** A history is copied after joins of this share of its rows; copying a row costs half as much as joining one. */
    private static final double WORTH_COPYING = 0.1;

    /** -1 says that nobody has counted yet. */
    private static final String ESTIMATED_ROWS =
            "select greatest(reltuples, 0)::bigint from (select to_regclass(?) as id) named left join pg_class on oid"
                    + " = id";

    private static final Duration KEPT_UNUSED = Duration.ofDays(1);

    /** One that is wanted is begun at once; so often it is seen that this goes on. */
    private static final Duration COPYING_INTERVAL = Duration.ofSeconds(10);

    private final DataSource dataSource;
    private final JdbcTemplate jdbc;
    private final OfflineProperties properties;
    private final Clock clock;
    private final ConcurrentLinkedQueue<RegisteredView> toCopy = new ConcurrentLinkedQueue<>();
    private final BackgroundLoop copying;
    private final Map<Long, HistoryCopy> copies = new ConcurrentHashMap<>();
    /** All that take room. */
    private final Set<HistoryCopy> open = ConcurrentHashMap.newKeySet();

    private final Map<Long, Instant> lastUsed = new ConcurrentHashMap<>();
    /** Spine rows that were joined in Postgres with a view version which has no copy. */
    private final Map<Long, Long> joined = new ConcurrentHashMap<>();

    private final Set<Long> beingCopied = ConcurrentHashMap.newKeySet();
    private final Set<Long> tooLarge = ConcurrentHashMap.newKeySet();
    private final Counter fromCopies;
    private final Counter fromPostgres;
    private volatile @Nullable Connection copyingOver;
    private volatile boolean stopped;

    HistoryCopies(
            DataSource dataSource,
            OfflineProperties properties,
            Clock clock,
            MeterRegistry meters,
            BackgroundLoops loops) {
        this.dataSource = dataSource;
        this.jdbc = new JdbcTemplate(dataSource);
        this.properties = properties;
        this.clock = clock;
        this.copying = loops.every(COPYING_INTERVAL, "history-copy", this::copyNext);
        copying.start();
        this.fromCopies = joins(meters, "copy");
        this.fromPostgres = joins(meters, "postgres");
        Gauge.builder(
                        "asof.training.copied",
                        () -> copies.values().stream()
                                .mapToLong(HistoryCopy::rows)
                                .sum())
                .description("Feature rows that this server has copies of for training")
                .baseUnit("rows")
                .register(meters);
        Gauge.builder("asof.training.copy", this::bytes)
                .description("Room that the copies of feature rows take on this server's disk")
                .baseUnit("bytes")
                .register(meters);
    }

    private static Counter joins(MeterRegistry meters, String from) {
        return Counter.builder("asof.training.joins")
                .tag("from", from)
                .description("Point-in-time joins that were begun, by where this server reads the histories")
                .register(meters);
    }

    /**
     * Brings the copies that a join needs up to date, in a short transaction of its own.
     *
     * @return empty when Postgres has to do the join
     */
    public Optional<CopiedHistory> open(FeatureSelection selection, long spineRows) {
        var copied = find(selection, spineRows);
        (copied.isPresent() ? fromCopies : fromPostgres).increment();
        return copied;
    }

    private Optional<CopiedHistory> find(FeatureSelection selection, long spineRows) {
        if (properties.copies().maxSize().toBytes() == 0
                || spineRows < properties.copies().leastSpineRows()
                || !isCopyable(selection)) {
            return Optional.empty();
        }
        dropUnused();
        var all = enter(selection);
        if (!all.isEmpty()) {
            Optional<VisibleBatches> seen = Optional.empty();
            try {
                seen = bringUpToDate(HistoryCopy.inLockOrder(all), spineRows);
                if (seen.isPresent()) {
                    return Optional.of(new CopiedHistory(selection, all, seen.get(), limit()));
                }
            } finally {
                if (seen.isEmpty()) {
                    all.forEach(HistoryCopy::leave);
                }
            }
        }
        selection.views().stream().map(FeatureSelection.View::view).distinct().forEach(view -> wanted(view, spineRows));
        return Optional.empty();
    }

    /** The copies for each of the selection's views, entered; none unless all are there. */
    private List<HistoryCopy> enter(FeatureSelection selection) {
        var entered = new ArrayList<HistoryCopy>();
        for (var view : selection.views()) {
            var copy = copies.get(view.view().id());
            if (copy == null || !copy.enter()) {
                entered.forEach(HistoryCopy::leave);
                return List.of();
            }
            entered.add(copy);
        }
        return entered;
    }

    /** A candidate's rows are still being added, batches that were accepted long ago among them. */
    private boolean isCopyable(FeatureSelection selection) {
        var types = selection.requestKeys();
        return !selection.views().isEmpty()
                && selection.views().stream().allMatch(selected -> {
                    var keys = selected.view().keys();
                    for (int i = 0; i < keys.size(); i++) {
                        if (keys.get(i).type()
                                != types.get(selected.keyColumns().get(i))) {
                            return false;
                        }
                    }
                    return selected.view().state() == VersionState.READY
                            && !tooLarge.contains(selected.view().id());
                });
    }

    /**
     * Empty when it isn't worth while, or has failed. The transaction's first query, which decides what it sees, comes
     * when the locks are held, so that it sees all that others have added before.
     */
    private Optional<VisibleBatches> bringUpToDate(List<HistoryCopy> used, long spineRows) {
        try (var connection = SharedSnapshot.begin(dataSource, true)) {
            var locks = used.stream().map(copy -> copy.lock().writeLock()).toList();
            locks.forEach(Lock::lock);
            try {
                return bringUpToDate(used, spineRows, connection);
            } finally {
                locks.forEach(Lock::unlock);
                connection.rollback();
            }
        } catch (SQLException e) {
            LOG.debug("Postgres does a join: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<VisibleBatches> bringUpToDate(List<HistoryCopy> used, long spineRows, Connection connection)
            throws SQLException {
        var seen = VisibleBatches.of(connection);
        for (var copy : used) {
            if (!copy.isOf(connection)) {
                LOG.warn(
                        "The copy of {} is given up: Postgres no longer has what was copied",
                        copy.view().version());
                drop(copy);
                return Optional.empty();
            }
            if (copy.missingRows(seen, connection) > spineRows) {
                return Optional.empty();
            }
        }
        for (var copy : used) {
            try {
                copy.add(seen, connection);
            } catch (SQLException | IOException | RuntimeException e) {
                LOG.warn("The copy of {} is given up: {}", copy.view().version(), e.toString());
                drop(copy);
                return Optional.empty();
            }
            lastUsed.put(copy.view().id(), clock.instant());
        }
        return Optional.of(seen);
    }

    private void wanted(RegisteredView view, long spineRows) {
        long rows = joined.merge(view.id(), spineRows, Long::sum);
        if (!stopped && rows >= WORTH_COPYING * estimatedRows(view) && beingCopied.add(view.id())) {
            toCopy.add(view);
            copying.wake();
        }
    }

    private void copyNext() {
        for (var view = toCopy.poll(); view != null && !stopped; view = toCopy.poll()) {
            try {
                copy(view);
            } finally {
                joined.remove(view.id());
                beingCopied.remove(view.id());
            }
        }
    }

    private long estimatedRows(RegisteredView view) {
        try {
            return Objects.requireNonNullElse(
                    jdbc.queryForObject(ESTIMATED_ROWS, Long.class, OfflineNames.featureTable(view)), Long.MAX_VALUE);
        } catch (DataAccessException e) {
            LOG.debug("How many rows {} has is not known: {}", view.version(), e.getMessage());
            return Long.MAX_VALUE;
        }
    }

    private void copy(RegisteredView view) {
        try {
            TableRevision.ensureWatched(view, dataSource);
            copyWatched(view);
        } catch (GrowingFile.FullException e) {
            if (e.isLasting()) {
                tooLarge.add(view.id());
            }
            LOG.info("{} is not copied for training: {}", view.version(), e.getMessage());
        } catch (SQLException | IOException | RuntimeException e) {
            if (!stopped) {
                LOG.warn("{} was not copied for training: {}", view.version(), e.toString());
            }
        } finally {
            copyingOver = null;
        }
    }

    private void copyWatched(RegisteredView view) throws SQLException, IOException {
        var begin = clock.instant();
        try (var connection = SharedSnapshot.begin(dataSource, true)) {
            copyingOver = connection;
            var copy = filled(view, connection);
            connection.rollback();
            lastUsed.put(view.id(), clock.instant());
            var before = copies.put(view.id(), copy);
            if (before != null) {
                before.drop();
            }
            LOG.info(
                    "Copied {} rows of {} for training: {} MiB, {} s",
                    copy.rows(),
                    view.version(),
                    copy.bytes() >> 20,
                    Duration.between(begin, clock.instant()).toSeconds());
        }
    }

    private HistoryCopy filled(RegisteredView view, Connection connection) throws SQLException, IOException {
        var copy = new HistoryCopy(view, limit(), this::requireRoom);
        open.add(copy);
        boolean whole = false;
        try {
            copy.add(VisibleBatches.of(connection), connection);
            whole = true;
            return copy;
        } finally {
            if (!whole) {
                copy.drop();
            }
        }
    }

    private long limit() {
        return properties.copies().maxSize().toBytes();
    }

    /** Of all copies, the one that is being made and those that were dropped and are still read among them. */
    private long bytes() {
        open.removeIf(HistoryCopy::isClosed);
        return open.stream().mapToLong(HistoryCopy::bytes).sum();
    }

    private void requireRoom(HistoryCopy grown) throws GrowingFile.FullException {
        if (bytes() > limit()) {
            makeRoom(grown);
        }
        if (bytes() > limit()) {
            throw grown.bytes() > limit()
                    ? GrowingFile.FullException.beyond(limit())
                    : GrowingFile.FullException.beside(limit());
        }
    }

    private void makeRoom(HistoryCopy grown) {
        var others = new ArrayList<>(copies.values());
        others.remove(grown);
        others.sort(Comparator.comparing(
                copy -> Objects.requireNonNullElse(lastUsed.get(copy.view().id()), Instant.MIN)));
        for (var copy : others) {
            if (bytes() > limit()) {
                drop(copy);
            }
        }
    }

    private void dropUnused() {
        var limit = clock.instant().minus(KEPT_UNUSED);
        for (var copy : copies.values()) {
            if (Objects.requireNonNullElse(lastUsed.get(copy.view().id()), Instant.MIN)
                    .isBefore(limit)) {
                drop(copy);
            }
        }
    }

    /** Joins that use it end well. */
    private void drop(HistoryCopy copy) {
        copies.remove(copy.view().id(), copy);
        copy.drop();
    }

    @Override
    public void destroy() throws SQLException {
        stopped = true;
        var connection = copyingOver;
        if (connection != null) {
            connection.abort(Runnable::run);
        }
        copying.stop();
    }
}
