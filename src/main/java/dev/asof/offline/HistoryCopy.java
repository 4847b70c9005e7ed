package dev.asof.offline;

import dev.asof.offline.copy.CopiedRows;
import dev.asof.offline.copy.GrowingFile;
import dev.asof.offline.copy.History;
import dev.asof.offline.copy.RowIds;
import dev.asof.offline.copy.Timelines;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TableRevision;
import dev.asof.postgres.BlockRow;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.postgres.Sql;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateInput;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All feature rows of one view version up to some batches, copied from Postgres to where a key's rows are found without
 * asking it, and rules A1 to A4 over them. Batches only add rows, so a copy only grows; whatever else happens to rows raises
 * the table's revision ({@link TableRevision}), and the copy is of no use any more.
 */
final class HistoryCopy {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryCopy.class);

    /** How many bytes are added without asking for room again. */
    private static final long ROOM_STEP = 256 * 1024;

    /** What copies share. */
    interface Room {

        /** @throws GrowingFile.FullException when there is none for a copy as large as this one has become */
        void require(HistoryCopy grown) throws GrowingFile.FullException;
    }

    private final RegisteredView view;
    private final Room room;
    private final GrowingFile timelineFile;
    private final GrowingFile rowFile;
    private final CopiedRows copied;
    private final Timelines timelines;
    private final @Nullable RowIds ids;
    private final List<ScalarType> rowId;
    private final List<String> kept;
    private final List<ValueType> keyTypes;
    private final long ttl;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private VisibleBatches batches = new VisibleBatches("{}");
    private String newestBatch = "";
    private TableRevision revision = TableRevision.NONE;
    private volatile long rows;
    private long roomUntil;
    private int users;
    private boolean dropped;
    private boolean closed;

    /**
     * Without rows.
     *
     * @param limit bytes that it may ever take
     * @param room asked as it grows
     */
    HistoryCopy(RegisteredView view, long limit, Room room) throws IOException {
        this.view = view;
        this.room = room;
        var aggregates = view.aggregates();
        this.kept = aggregates.map(OfflineNames::keptColumns).orElse(List.of());
        this.rowId = view.rowId().stream().map(RegisteredView.Key::type).toList();
        boolean hasIds = !rowId.isEmpty();
        this.rowFile = new GrowingFile(hasIds ? Math.min(limit, RowIds.MOST_BYTES) : limit);
        try {
            this.timelineFile = new GrowingFile(Math.min(limit, Timelines.MOST_BYTES));
            var inputs = aggregates
                    .map(reads ->
                            reads.inputs().stream().map(AggregateInput::type).toList())
                    .orElse(List.of());
            this.copied = new CopiedRows(rowFile, inputs, hasIds);
            this.timelines = new Timelines(timelineFile, rowFile, CopiedRows.sequenceOffset());
            this.ids = hasIds ? new RowIds(timelineFile, copied) : null;
        } catch (IOException | RuntimeException e) {
            rowFile.close();
            throw e;
        }
        this.keyTypes = view.keys().stream().map(key -> (ValueType) key.type()).toList();
        this.ttl = view.ttl()
                .filter(duration -> duration.compareTo(Timestamps.RANGE) < 0)
                .map(HistoryCopy::micros)
                .orElse(Long.MAX_VALUE);
    }

    RegisteredView view() {
        return view;
    }

    /** Each once, in the order in which the locks of several must be taken. */
    static List<HistoryCopy> inLockOrder(Collection<HistoryCopy> copies) {
        return copies.stream()
                .distinct()
                .sorted(Comparator.comparing(copy -> copy.view.id()))
                .toList();
    }

    /** Held for writing while rows are added, for reading while they are looked up. */
    ReadWriteLock lock() {
        return lock;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return timelineFile.size() + rowFile.size();
    }

    /**
     * Whether Postgres still has what was copied. It hasn't when a backup was restored, or a standby took over that had
     * not received all: then the number of the newest batch is free again, or belongs to another. Nor when rows were
     * changed or taken away in a transaction that the connection's sees.
     */
    boolean isOf(Connection connection) throws SQLException {
        return !revision.equals(TableRevision.NONE)
                && revision.equals(TableRevision.of(view, connection))
                && (newestBatch.isEmpty()
                        || newestBatch.equals(
                                batch(connection, "id = " + newestBatch.split(" ")[0])));
    }

    private String batch(Connection connection, String condition) throws SQLException {
        return text(connection, """
            select coalesce((
                select id || ' ' || xid || ' ' || extract(epoch from accepted_at) from asof.batch where source = %s and %s
                order by id desc limit 1), '')
            """.formatted(Sql.literal(view.source().value()), condition));
    }

    /** How many of the view's rows that a transaction sees are not here. */
    long missingRows(VisibleBatches visible, Connection connection) throws SQLException {
        var missing = visible.without(batches);
        if (missing.isEmpty()) {
            return 0;
        }
        return Long.parseLong(text(
                connection,
                "select coalesce(sum(accepted), 0) from asof.batch where source = %s and %s"
                        .formatted(Sql.literal(view.source().value()), isAmong("id", missing))));
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private static String isAmong(String column, List<VisibleBatches.Range> batches) {
        return "%1$s between %2$s and %3$s and %1$s <@ %4$s::int8multirange"
                .formatted(
                        column,
                        batches.getFirst().first(),
                        batches.getLast().last(),
                        Sql.literal(VisibleBatches.of(batches).ranges()));
    }

    /**
     * Adds the rows of batches that aren't here yet. After a failure the copy is of no use any more.
     *
     * @param visible all batches that the connection's transaction sees
     */
    void add(VisibleBatches visible, Connection connection) throws SQLException, IOException {
        var added = visible.without(batches);
        if (!added.isEmpty()) {
            var reader = new Reader();
            RowCopier.read(select(added), connection, reader::row);
            timelines.order();
            if (ids != null) {
                ids.link();
            }
            rows += reader.added;
        }
        if (!added.isEmpty() || revision.equals(TableRevision.NONE)) {
            newestBatch = batch(connection, "true");
            revision = TableRevision.of(view, connection);
        }
        batches = visible;
    }

    private String select(List<VisibleBatches.Range> added) {
        var columns = new ArrayList<String>();
        columns.add(OfflineNames.ROW_SEQUENCE);
        view.keys().forEach(key -> columns.add(key.name()));
        columns.addAll(List.of(
                OfflineNames.EVENT_TIMESTAMP,
                OfflineNames.KNOWN_TIMESTAMP,
                OfflineNames.BATCH_ID,
                OfflineNames.DELETED));
        view.rowFeatures().forEach(feature -> columns.add(feature.name()));
        columns.addAll(kept);
        String condition = rows == 0 ? "" : " where " + isAmong(OfflineNames.BATCH_ID, added);
        return "select %s from %s%s order by %s"
                .formatted(
                        Sql.quotedList(columns), OfflineNames.featureTable(view), condition, Sql.quotedList(order()));
    }

    /** Aggregates read all rows of a key one after the other, so these should be neighbours. */
    private List<String> order() {
        var order = new ArrayList<String>();
        if (view.hasAggregates()) {
            view.keys().forEach(key -> order.add(key.name()));
        }
        order.addAll(List.of(OfflineNames.EVENT_TIMESTAMP, OfflineNames.ROW_SEQUENCE));
        return order;
    }

    /** Takes rows as Postgres sends them. */
    private final class Reader {

        private final BlockRow fields = new BlockRow();
        private final List<@Nullable Object> values = new ArrayList<>();
        private long added;

        void row(byte[] message, int offset) throws IOException {
            copied.read(message, offset, fields);
            var key = key(0, keyTypes);
            int next = keyTypes.size();
            int features = view.rowFeatures().size();
            var id = rowId.isEmpty() ? null : key(next + 4 + features + kept.size() - rowId.size(), rowId);
            long place = copied.add(fields, next, features, BlockRow.ordinal(message, offset), id);
            if (key != null) {
                timelines.add(key, fields.int64(next), place);
            }
            if (ids != null && id != null) {
                ids.add(place);
            }
            added++;
            if (bytes() > roomUntil) {
                room.require(HistoryCopy.this);
                roomUntil = bytes() + ROOM_STEP;
            }
        }

        /** Null where one of the values is: the row is there for what it replaces, or an event of its own (rule W4). */
        private @Nullable EntityKey key(int first, List<? extends ValueType> types) {
            values.clear();
            types.forEach(type -> values.add(fields.value(first + values.size(), type)));
            return EntityKey.of(values);
        }
    }

    /**
     * Rules A1 to A4: the rows that some keys' values come from.
     *
     * @param keys null for a key with a null in it
     * @param asOf times, as Postgres counts them
     * @param visible the batches whose rows count
     * @param found takes where the rows stand, {@link Timelines#NONE} where there is none
     */
    void find(
            @Nullable EntityKey[] keys,
            long[] asOf,
            PointInTimeJoin.Reading reading,
            VisibleBatches.Filter visible,
            long[] found) {
        long[] timelinesFound = new long[keys.length];
        int[] counts = new int[keys.length];
        long[] until =
                reading.strict() ? Arrays.stream(asOf).map(time -> time - 1).toArray() : asOf;
        timelines.find(keys, until, timelinesFound, counts);
        for (int i = 0; i < keys.length; i++) {
            found[i] = newest(timelinesFound[i], counts[i], asOf[i], reading.known(), visible);
        }
    }

    /** The newest of a timeline's first rows that counts. */
    private long newest(long timeline, int count, long asOf, Known known, VisibleBatches.Filter visible) {
        long knownUntil = switch (known) {
            case Known.Latest() -> Long.MAX_VALUE;
            case Known.AsRecorded() -> asOf;
            case Known.At(var instant) -> sent(instant);
        };
        long oldest = ttl == Long.MAX_VALUE ? Long.MIN_VALUE : asOf - ttl;
        for (int i = count - 1; i >= 0; i--) {
            if (timelines.time(timeline, i) < oldest) {
                return Timelines.NONE;
            }
            long row = timelines.row(timeline, i);
            if (copied.known(row) <= knownUntil && visible.contains(copied.batch(row))) {
                return copied.isDeleted(row) ? Timelines.NONE : row;
            }
        }
        return Timelines.NONE;
    }

    CopiedRows copied() {
        return copied;
    }

    Timelines timelines() {
        return timelines;
    }

    /** What aggregates are answered from. */
    History history() {
        return new History(timelines, copied, ids, lock.readLock());
    }

    /** Keeps it as it is until {@link #leave}; false when it was dropped. */
    synchronized boolean enter() {
        if (!dropped) {
            users++;
        }
        return !dropped;
    }

    synchronized void leave() {
        users--;
        closeIfUnused();
    }

    /** Gives its room back as soon as nobody uses it. */
    synchronized void drop() {
        dropped = true;
        closeIfUnused();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    private void closeIfUnused() {
        if (!dropped || users > 0 || closed) {
            return;
        }
        closed = true;
        try {
            timelineFile.close();
            rowFile.close();
        } catch (IOException e) {
            LOG.debug("A temporary file was not closed: {}", e.getMessage());
        }
    }

    /** A time as Postgres counts it. */
    static long sent(Instant instant) {
        return Timestamps.toMicros(instant) - RowBuffer.POSTGRES_EPOCH_MICROS;
    }

    private static long micros(Duration duration) {
        return duration.getSeconds() * 1_000_000 + duration.getNano() / 1_000;
    }
}
