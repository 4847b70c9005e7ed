package dev.asof.offline.copy;

import dev.asof.postgres.BlockRow;
import dev.asof.postgres.RowBuffer;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one view version in a copy, each where it was added for good. Written by one thread while nobody reads; a row that
 * was found may be read at any time. Times are as Postgres counts them.
 */
public final class CopiedRows {

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    /** As Postgres sends it, for {@link BlockRow} to read. */
    private static final ValueLayout.OfLong SENT_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);

    // A row: its sequence and batch, whether it is a tombstone, how long what a join wants of it is; what it keeps for
    // aggregates; what a join wants of it, its timestamps and features as Postgres sent them; the texts that it keeps.
    private static final int SEQUENCE = 0;
    private static final int BATCH = 8;
    private static final int DELETED = 16;
    private static final int WANTED_LENGTH = 20;
    private static final int KEPT = 24;

    // What a join wants.
    private static final int EVENT_TIMESTAMP = 0;
    private static final int KNOWN_TIMESTAMP = 8;
    private static final int FEATURES = 16;

    // What is known of the rows of its id: the ones that came just after and before it, the least time at which one
    // that
    // came after it was known; its hash; its place in the row and its length.
    private static final int NEWER = 0;
    private static final int OLDER = 8;
    private static final int NEWER_KNOWN = 16;
    private static final int ID_HASH = 24;
    private static final int ID = 32;
    private static final int ID_BYTES = 40;

    private final GrowingFile file;
    private final MemorySegment memory;
    private final List<ScalarType> kept;
    private final int values;
    private final int ids;
    private final int wanted;
    private int reservedBytes;
    private long reserved;

    /**
     * Without rows.
     *
     * @param kept the types of what each row keeps for aggregates; none without them
     * @param hasIds whether rows have ids, of which the last accepted counts
     */
    public CopiedRows(GrowingFile file, List<ScalarType> kept, boolean hasIds) {
        this.file = file;
        this.memory = file.memory();
        this.kept = List.copyOf(kept);
        this.values = KEPT + Math.ceilDiv(kept.size(), Long.SIZE) * Long.BYTES;
        this.ids = values + kept.size() * Long.BYTES;
        this.wanted = ids + (hasIds ? ID_BYTES : 0);
    }

    /** Where in a row its sequence stands, for {@link Timelines}. */
    public static int sequenceOffset() {
        return SEQUENCE;
    }

    public MemorySegment memory() {
        return memory;
    }

    /**
     * Reads a row as it came to where all rows are: one kind of memory lets the compiler do without asking of which kind it
     * is.
     */
    public void read(byte[] message, int offset, BlockRow into) throws IOException {
        int length = message.length - offset;
        if (length > reservedBytes) {
            reservedBytes = 2 * length;
            reserved = file.allocate(reservedBytes);
        }
        MemorySegment.copy(message, offset, memory, BYTE, reserved, length);
        into.readAll(memory, reserved);
    }

    /**
     * Adds a row that was read.
     *
     * @param fields event and known timestamp, batch, whether it is a tombstone, features, what is kept
     * @param first the number of the first of them
     * @param features how many there are
     * @param id of the row; null for one that is an event of its own
     */
    public long add(BlockRow fields, int first, int features, long sequence, @Nullable EntityKey id)
            throws IOException {
        long begin = fields.end(first + 3);
        int length = (int) (fields.end(first + 3 + features) - begin);
        int firstKept = first + 4 + features;
        long texts = texts(fields, firstKept) + (id == null ? 0 : id.bytes().length);
        long row = file.allocate(wanted + FEATURES + length + texts);
        memory.set(LONG, row + SEQUENCE, sequence);
        memory.set(LONG, row + BATCH, fields.int64(first + 2));
        memory.set(BYTE, row + DELETED, (byte) (fields.bool(first + 3) ? 1 : 0));
        memory.set(INT, row + WANTED_LENGTH, FEATURES + length);
        memory.set(SENT_LONG, row + wanted + EVENT_TIMESTAMP, fields.int64(first));
        memory.set(SENT_LONG, row + wanted + KNOWN_TIMESTAMP, fields.int64(first + 1));
        MemorySegment.copy(memory, begin, memory, row + wanted + FEATURES, length);
        long text = keep(fields, firstKept, row, wanted + FEATURES + length);
        if (id != null) {
            setId(row, id, text);
        }
        return row;
    }

    private long texts(BlockRow fields, int firstKept) {
        long bytes = 0;
        for (int i = 0; i < kept.size(); i++) {
            bytes += isText(i) ? fields.length(firstKept + i) : 0;
        }
        return bytes;
    }

    private boolean isText(int input) {
        return kept.get(input) == ScalarType.STRING || kept.get(input) == ScalarType.BYTES;
    }

    /** Returns where in the row the next text goes. */
    private long keep(BlockRow fields, int firstKept, long row, long firstText) {
        long text = firstText;
        for (int i = 0; i < kept.size(); i++) {
            int field = firstKept + i;
            if (fields.isNull(field)) {
                long word = row + KEPT + (long) (i / Long.SIZE) * Long.BYTES;
                memory.set(LONG, word, memory.get(LONG, word) | 1L << i);
            } else if (isText(i)) {
                fields.copy(field, memory, row + text);
                setValue(row, i, part(text, fields.length(field)));
                text += fields.length(field);
            } else {
                setValue(row, i, raw(fields, field, kept.get(i)));
            }
        }
        return text;
    }

    private void setValue(long row, int input, long raw) {
        memory.set(LONG, row + values + (long) input * Long.BYTES, raw);
    }

    private static long part(long offset, int length) {
        return offset << Integer.SIZE | length;
    }

    private static long raw(BlockRow fields, int field, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> fields.bool(field) ? 1 : 0;
            case INT32 -> fields.int32(field);
            case INT64, FLOAT64 -> fields.int64(field);
            case FLOAT32 -> Double.doubleToRawLongBits(Float.intBitsToFloat(fields.int32(field)));
            case TIMESTAMP -> fields.int64(field) + RowBuffer.POSTGRES_EPOCH_MICROS;
            case STRING, BYTES -> throw new IllegalArgumentException("Not of a fixed width: " + type);
        };
    }

    private void setId(long row, EntityKey id, long offset) {
        MemorySegment.copy(id.bytes(), 0, memory, BYTE, row + offset, id.bytes().length);
        memory.set(LONG, row + ids + NEWER, Timelines.NONE);
        memory.set(LONG, row + ids + OLDER, Timelines.NONE);
        memory.set(LONG, row + ids + NEWER_KNOWN, Long.MAX_VALUE);
        memory.set(INT, row + ids + ID_HASH, id.hashCode());
        memory.set(LONG, row + ids + ID, part(offset, id.bytes().length));
    }

    long sequence(long row) {
        return memory.get(LONG, row + SEQUENCE);
    }

    public long batch(long row) {
        return memory.get(LONG, row + BATCH);
    }

    /** Whether it is a tombstone. */
    public boolean isDeleted(long row) {
        return memory.get(BYTE, row + DELETED) != 0;
    }

    long event(long row) {
        return memory.get(SENT_LONG, row + wanted + EVENT_TIMESTAMP);
    }

    public long known(long row) {
        return memory.get(SENT_LONG, row + wanted + KNOWN_TIMESTAMP);
    }

    boolean isNull(long row, int input) {
        return (memory.get(LONG, row + KEPT + (long) (input / Long.SIZE) * Long.BYTES) >>> input & 1) != 0;
    }

    /** A kept value that isn't null, as a number: microseconds since 1970, 0 or 1, the bits of floats as doubles. */
    long raw(long row, int input) {
        return memory.get(LONG, row + values + (long) input * Long.BYTES);
    }

    /** A kept value. */
    @Nullable
    Object value(long row, int input) {
        if (isNull(row, input)) {
            return null;
        }
        long raw = raw(row, input);
        return switch (kept.get(input)) {
            case BOOLEAN -> raw != 0;
            case INT32 -> (int) raw;
            case INT64 -> raw;
            case FLOAT32 -> (float) Double.longBitsToDouble(raw);
            case FLOAT64 -> Double.longBitsToDouble(raw);
            case TIMESTAMP -> Timestamps.ofMicros(raw);
            case STRING -> new String(text(row, raw), StandardCharsets.UTF_8);
            case BYTES -> text(row, raw);
        };
    }

    private byte[] text(long row, long part) {
        byte[] bytes = new byte[(int) part];
        MemorySegment.copy(memory, BYTE, row + (part >>> Integer.SIZE), bytes, 0, bytes.length);
        return bytes;
    }

    List<ScalarType> kept() {
        return kept;
    }

    /** Whether it has an id. */
    boolean hasId(long row) {
        return wanted > ids && memory.get(LONG, row + ids + ID) != 0;
    }

    int idHash(long row) {
        return memory.get(INT, row + ids + ID_HASH);
    }

    boolean isSameId(long row, long other) {
        long one = memory.get(LONG, row + ids + ID);
        long two = memory.get(LONG, other + ids + ID);
        long from = row + (one >>> Integer.SIZE);
        long with = other + (two >>> Integer.SIZE);
        return (int) one == (int) two
                && MemorySegment.mismatch(memory, from, from + (int) one, memory, with, with + (int) two) < 0;
    }

    long newer(long row) {
        return memory.get(LONG, row + ids + NEWER);
    }

    void setNewer(long row, long other) {
        memory.set(LONG, row + ids + NEWER, other);
    }

    long older(long row) {
        return memory.get(LONG, row + ids + OLDER);
    }

    void setOlder(long row, long other) {
        memory.set(LONG, row + ids + OLDER, other);
    }

    long newerKnown(long row) {
        return memory.get(LONG, row + ids + NEWER_KNOWN);
    }

    void setNewerKnown(long row, long known) {
        memory.set(LONG, row + ids + NEWER_KNOWN, known);
    }

    /** How many bytes {@link #copy} needs for a row. */
    public int length(long row) {
        return memory.get(INT, row + WANTED_LENGTH);
    }

    /** Copies what a join wants of a row. */
    public void copy(long row, MemorySegment to, long place) {
        MemorySegment.copy(memory, row + wanted, to, place, length(row));
    }

    /** Where what a join wants of a row stands. */
    public long wanted(long row) {
        return row + wanted;
    }

    /**
     * Sets fields to a row's features.
     *
     * @param place where what a join wants of it stands
     * @param fields for each of the features that rows hold the field, or -1
     */
    public static void readFeatures(MemorySegment from, long place, BlockRow into, int[] fields) {
        into.read(from, place + FEATURES, fields);
    }

    /** Sets two fields to a row's event and known timestamp. */
    public static void readTimestamps(MemorySegment from, long place, BlockRow into, int firstField) {
        into.set(firstField, from, place + EVENT_TIMESTAMP, Long.BYTES);
        into.set(firstField + 1, from, place + KNOWN_TIMESTAMP, Long.BYTES);
    }
}
