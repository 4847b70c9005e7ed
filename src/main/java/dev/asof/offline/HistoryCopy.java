package dev.asof.offline;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TableRevision;
import dev.asof.postgres.BlockRow;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.postgres.Sql;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
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

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    /** As Postgres sends it, for {@link BlockRow} to read. */
    private static final ValueLayout.OfLong SENT_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);

    // A row: its sequence and batch, whether it is a tombstone, how long the rest is; from there on what a join wants
    // of it, its timestamps and the features as Postgres sent them.
    private static final int SEQUENCE = 0;
    private static final int BATCH = 8;
    private static final int DELETED = 16;
    private static final int WANTED_LENGTH = 20;
    private static final int WANTED = 24;
    private static final int EVENT_TIMESTAMP = 0;
    private static final int KNOWN_TIMESTAMP = 8;
    private static final int FEATURES = 16;

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
    private final MemorySegment memory;
    private final Timelines timelines;
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
        this.rowFile = new GrowingFile(limit);
        try {
            this.timelineFile = new GrowingFile(Math.min(limit, Timelines.MOST_BYTES));
            this.timelines = new Timelines(timelineFile, rowFile, SEQUENCE);
        } catch (IOException | RuntimeException e) {
            rowFile.close();
            throw e;
        }
        this.memory = rowFile.memory();
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
        view.features().forEach(feature -> columns.add(feature.name()));
        String condition = rows == 0 ? "" : " where " + isAmong(OfflineNames.BATCH_ID, added);
        return "select %s from %s%s order by event_timestamp, row_sequence"
                .formatted(Sql.quotedList(columns), OfflineNames.featureTable(view), condition);
    }

    /** Takes rows as Postgres sends them. */
    private final class Reader {

        private final BlockRow fields = new BlockRow();
        private final List<@Nullable Object> key = new ArrayList<>();
        private long scratch;
        private int scratchBytes;
        private long added;

        void row(byte[] message, int offset) throws IOException {
            read(message, offset);
            key.clear();
            keyTypes.forEach(type -> key.add(fields.value(key.size(), type)));
            int next = keyTypes.size();
            long features = fields.end(next + 3);
            int length = (int) (scratch + message.length - offset - features);
            long place = rowFile.allocate(WANTED + FEATURES + length);
            long time = fields.int64(next);
            memory.set(LONG, place + SEQUENCE, BlockRow.ordinal(message, offset));
            memory.set(LONG, place + BATCH, fields.int64(next + 2));
            memory.set(BYTE, place + DELETED, memory.get(BYTE, features - 1));
            memory.set(ValueLayout.JAVA_INT, place + WANTED_LENGTH, FEATURES + length);
            memory.set(SENT_LONG, place + WANTED + EVENT_TIMESTAMP, time);
            memory.set(SENT_LONG, place + WANTED + KNOWN_TIMESTAMP, fields.int64(next + 1));
            MemorySegment.copy(memory, features, memory, place + WANTED + FEATURES, length);
            timelines.add(Objects.requireNonNull(EntityKey.of(key)), time, place);
            added++;
            if (bytes() > roomUntil) {
                room.require(HistoryCopy.this);
                roomUntil = bytes() + ROOM_STEP;
            }
        }

        /** Where all rows are read from: one kind of memory lets the compiler do without asking of which kind it is. */
        private void read(byte[] message, int offset) throws IOException {
            int length = message.length - offset;
            if (length > scratchBytes) {
                scratchBytes = 2 * length;
                scratch = rowFile.allocate(scratchBytes);
            }
            MemorySegment.copy(message, offset, memory, BYTE, scratch, length);
            fields.readAll(memory, scratch);
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
            if (memory.get(SENT_LONG, row + WANTED + KNOWN_TIMESTAMP) <= knownUntil
                    && visible.contains(memory.get(LONG, row + BATCH))) {
                return memory.get(BYTE, row + DELETED) != 0 ? Timelines.NONE : row;
            }
        }
        return Timelines.NONE;
    }

    /** How many bytes {@link #copy} needs for a row. */
    int length(long row) {
        return memory.get(ValueLayout.JAVA_INT, row + WANTED_LENGTH);
    }

    /** Copies what a join wants of a row. */
    void copy(long row, MemorySegment to, long place) {
        MemorySegment.copy(memory, row + WANTED, to, place, length(row));
    }

    /**
     * Sets fields to a row's features.
     *
     * @param place where the row was copied to
     * @param fields for each of the view's features the field, or -1
     */
    static void readFeatures(MemorySegment from, long place, BlockRow into, int[] fields) {
        into.read(from, place + FEATURES, fields);
    }

    /** Sets two fields to a row's event and known timestamp. */
    static void readTimestamps(MemorySegment from, long place, BlockRow into, int firstField) {
        into.set(firstField, from, place + EVENT_TIMESTAMP, Long.BYTES);
        into.set(firstField + 1, from, place + KNOWN_TIMESTAMP, Long.BYTES);
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
