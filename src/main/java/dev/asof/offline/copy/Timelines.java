package dev.asof.offline.copy;

import dev.asof.shared.EntityKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The index of a copy: where the rows of each key stand, ordered by event timestamp and row sequence. Keys are in a
 * hash table with open addressing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L). All of it is outside
 * the heap. Written by one thread while nobody reads.
 */
public final class Timelines {

    /** How large the file with the keys may be at most, for a timeline's number to fit a slot. */
    public static final long MOST_BYTES = (1L << Integer.SIZE) * Long.BYTES;

    /** No timeline, no row. */
    public static final long NONE = -1;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    // A timeline: where its rows are, how many it has, the length of its key; how many rows are in order, how many
    // there is room for, the timeline that was added to before; the key.
    private static final int ROWS = 0;
    private static final int COUNT = 8;
    private static final int KEY_LENGTH = 12;
    private static final int ORDERED = 16;
    private static final int CAPACITY = 20;
    private static final int ADDED_BEFORE = 24;
    private static final int KEY = 32;

    // A row: its event timestamp, and where it stands.
    private static final int ROW_BYTES = 16;
    private static final int ROW_PLACE = 8;
    private static final int FIRST_CAPACITY = 4;
    private static final int FIRST_SLOTS = 1024;
    private static final long FREE = 0;

    private final GrowingFile timelineFile;
    private final MemorySegment timelines;
    private final GrowingFile file;
    private final MemorySegment memory;
    private final int sequenceOffset;
    private long slots;
    private long slotMask = FIRST_SLOTS - 1;
    private long keys;
    private long lastAdded = NONE;

    /**
     * Without keys.
     *
     * @param timelineFile takes the keys: near to each other, they are found more quickly
     * @param file where the rows stand too
     * @param sequenceOffset where in a row its row sequence stands
     */
    public Timelines(GrowingFile timelineFile, GrowingFile file, int sequenceOffset) throws IOException {
        this.timelineFile = timelineFile;
        this.timelines = timelineFile.memory();
        this.file = file;
        this.memory = file.memory();
        this.sequenceOffset = sequenceOffset;
        this.slots = timelineFile.allocate(FIRST_SLOTS * Long.BYTES);
    }

    /**
     * Finds the timelines of some keys, and how many of their rows are at or before a time. Each step is taken for all keys
     * before the next, so that the processor waits for the memory of several at once.
     *
     * @param keys null for a key with a null in it
     * @param found takes the timelines, {@link #NONE} where there is none
     * @param counts takes the counts
     */
    public void find(@Nullable EntityKey[] keys, long[] times, long[] found, int[] counts) {
        find(keys, found);
        long[] rows = new long[keys.length];
        for (int i = 0; i < keys.length; i++) {
            rows[i] = found[i] == NONE ? 0 : timelines.get(LONG, found[i] + ROWS);
            counts[i] = found[i] == NONE ? 0 : timelines.get(INT, found[i] + COUNT);
        }
        countUntil(times, rows, counts);
    }

    /** Finds the timelines of some keys alone. */
    public void find(@Nullable EntityKey[] keys, long[] found) {
        for (int i = 0; i < keys.length; i++) {
            var key = keys[i];
            found[i] = key == null ? NONE : withHash(key.hashCode());
        }
        for (int i = 0; i < keys.length; i++) {
            var key = keys[i];
            if (key != null && found[i] != NONE && !isOf(found[i], key.bytes())) {
                found[i] = find(key);
            }
        }
    }

    /** How many of a timeline's rows are before a time. */
    int countBefore(long timeline, long time) {
        return countBefore(rows(timeline), 0, timelines.get(INT, timeline + COUNT), time);
    }

    /** Where the rows of a timeline are, while none are added. */
    long rows(long timeline) {
        return timelines.get(LONG, timeline + ROWS);
    }

    /** How many of some rows are before a time, when it is known that so many are, and that others aren't. */
    int countBefore(long rows, int least, int most, long time) {
        int low = least;
        int high = most;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (timeAt(rows, middle) < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    long timeAt(long rows, int index) {
        return memory.get(LONG, rowAt(rows, index));
    }

    long placeAt(long rows, int index) {
        return memory.get(LONG, rowAt(rows, index) + ROW_PLACE);
    }

    /** Binary searches side by side. */
    private void countUntil(long[] times, long[] rows, int[] counts) {
        int[] low = new int[counts.length];
        for (boolean isSearching = true; isSearching; ) {
            isSearching = false;
            for (int i = 0; i < low.length; i++) {
                if (low[i] < counts[i]) {
                    int middle = (low[i] + counts[i]) >>> 1;
                    boolean isBefore = memory.get(LONG, rowAt(rows[i], middle)) <= times[i];
                    low[i] = isBefore ? middle + 1 : low[i];
                    counts[i] = isBefore ? counts[i] : middle;
                    isSearching = true;
                }
            }
        }
    }

    private long find(EntityKey key) {
        long entry = entryAt(slot(key));
        return entry == FREE ? NONE : timeline(entry);
    }

    /** The timeline that is most likely that of a key. */
    private long withHash(int hash) {
        long slot = hash & slotMask;
        for (long entry = entryAt(slot); entry != FREE; entry = entryAt(slot)) {
            if (hash(entry) == hash) {
                return timeline(entry);
            }
            slot = slot + 1 & slotMask;
        }
        return NONE;
    }

    /** The event timestamp of a timeline's row. */
    public long time(long timeline, int index) {
        return timeAt(rows(timeline), index);
    }

    /** Where a timeline's row stands. */
    public long row(long timeline, int index) {
        return placeAt(rows(timeline), index);
    }

    /** Adds a row; rows that are added before the next {@link #order} come in order of timestamp and sequence. */
    public void add(EntityKey key, long time, long row) throws IOException {
        long timeline = timeline(key);
        int count = timelines.get(INT, timeline + COUNT);
        if (count == timelines.get(INT, timeline + CAPACITY)) {
            grow(timeline, count);
        }
        if (timelines.get(INT, timeline + ORDERED) == count) {
            timelines.set(LONG, timeline + ADDED_BEFORE, lastAdded);
            lastAdded = timeline;
        }
        long place = rowAt(timelines.get(LONG, timeline + ROWS), count);
        memory.set(LONG, place, time);
        memory.set(LONG, place + ROW_PLACE, row);
        timelines.set(INT, timeline + COUNT, Math.addExact(count, 1));
    }

    /** Puts the rows that were added where they belong; must be called before any are read. */
    public void order() {
        for (; lastAdded != NONE; lastAdded = timelines.get(LONG, lastAdded + ADDED_BEFORE)) {
            int ordered = timelines.get(INT, lastAdded + ORDERED);
            int count = timelines.get(INT, lastAdded + COUNT);
            long rows = timelines.get(LONG, lastAdded + ROWS);
            if (ordered > 0 && isAfter(rowAt(rows, ordered - 1), rowAt(rows, ordered))) {
                merge(rows, ordered, count);
            }
            timelines.set(INT, lastAdded + ORDERED, count);
        }
    }

    /** From the end, so that only what was added needs to be put aside. */
    private void merge(long rows, int ordered, int count) {
        try (var arena = Arena.ofConfined()) {
            long addedBytes = (long) (count - ordered) * ROW_BYTES;
            var added = arena.allocate(addedBytes, Long.BYTES);
            MemorySegment.copy(memory, rowAt(rows, ordered), added, 0, addedBytes);
            int before = ordered - 1;
            int next = count - ordered - 1;
            for (int to = count - 1; next >= 0; to--) {
                boolean isOld = before >= 0 && isAfter(memory, rowAt(rows, before), added, rowAt(0, next));
                if (isOld) {
                    MemorySegment.copy(memory, rowAt(rows, before--), memory, rowAt(rows, to), ROW_BYTES);
                } else {
                    MemorySegment.copy(added, rowAt(0, next--), memory, rowAt(rows, to), ROW_BYTES);
                }
            }
        }
    }

    private static long rowAt(long rows, int index) {
        return rows + (long) index * ROW_BYTES;
    }

    private boolean isAfter(long one, long other) {
        return isAfter(memory, one, memory, other);
    }

    private boolean isAfter(MemorySegment oneIn, long one, MemorySegment otherIn, long other) {
        int byTime = Long.compare(oneIn.get(LONG, one), otherIn.get(LONG, other));
        if (byTime != 0) {
            return byTime > 0;
        }
        return sequence(oneIn.get(LONG, one + ROW_PLACE)) > sequence(otherIn.get(LONG, other + ROW_PLACE));
    }

    private long sequence(long row) {
        return memory.get(LONG, row + sequenceOffset);
    }

    private void grow(long timeline, int count) throws IOException {
        int capacity = count == 0 ? FIRST_CAPACITY : Math.multiplyExact(count, 2);
        long rows = file.allocate((long) capacity * ROW_BYTES);
        MemorySegment.copy(memory, timelines.get(LONG, timeline + ROWS), memory, rows, (long) count * ROW_BYTES);
        timelines.set(LONG, timeline + ROWS, rows);
        timelines.set(INT, timeline + CAPACITY, capacity);
    }

    private long timeline(EntityKey key) throws IOException {
        long slot = slot(key);
        long found = entryAt(slot);
        if (found != FREE) {
            return timeline(found);
        }
        byte[] bytes = key.bytes();
        long timeline = timelineFile.allocate(KEY + bytes.length);
        timelines.set(INT, timeline + KEY_LENGTH, bytes.length);
        MemorySegment.copy(bytes, 0, timelines, ValueLayout.JAVA_BYTE, timeline + KEY, bytes.length);
        timelines.set(LONG, slots + slot * Long.BYTES, entry(key.hashCode(), timeline));
        if (++keys * 2 > slotMask) {
            doubleSlots();
        }
        return timeline;
    }

    /** The slot of a key, or the free one where it would be. */
    private long slot(EntityKey key) {
        long slot = key.hashCode() & slotMask;
        for (long entry = entryAt(slot); entry != FREE; entry = entryAt(slot)) {
            if (hash(entry) == key.hashCode() && isOf(timeline(entry), key.bytes())) {
                return slot;
            }
            slot = slot + 1 & slotMask;
        }
        return slot;
    }

    private boolean isOf(long timeline, byte[] key) {
        if (timelines.get(INT, timeline + KEY_LENGTH) != key.length) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (timelines.get(ValueLayout.JAVA_BYTE, timeline + KEY + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    private void doubleSlots() throws IOException {
        long old = slots;
        long oldSlots = slotMask + 1;
        slots = timelineFile.allocate(2 * oldSlots * Long.BYTES);
        slotMask = 2 * oldSlots - 1;
        for (long i = 0; i < oldSlots; i++) {
            long entry = timelines.get(LONG, old + i * Long.BYTES);
            if (entry != FREE) {
                long slot = hash(entry) & slotMask;
                while (entryAt(slot) != FREE) {
                    slot = slot + 1 & slotMask;
                }
                timelines.set(LONG, slots + slot * Long.BYTES, entry);
            }
        }
    }

    private long entryAt(long slot) {
        return timelines.get(LONG, slots + slot * Long.BYTES);
    }

    /**
     * A slot's content: the key's hash, so that most others needn't be looked at, and the timeline's number, which is never
     * 0, as slots come first.
     */
    private static long entry(int hash, long timeline) {
        return (long) hash << Integer.SIZE | timeline / Long.BYTES;
    }

    private static int hash(long entry) {
        return (int) (entry >>> Integer.SIZE);
    }

    private static long timeline(long entry) {
        return (entry & 0xFFFF_FFFFL) * Long.BYTES;
    }
}
