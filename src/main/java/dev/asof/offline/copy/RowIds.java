package dev.asof.offline.copy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Which rows are of one id (rule W4): of those that may be seen, the one accepted last is the row, whatever its key and event
 * time. Each row of an id knows the one that came after it; the last of each id is in a hash table with open addressing, as in
 * {@link Timelines}. Written by one thread while nobody reads.
 */
public final class RowIds {

    /** How large the file with the rows may be at most, for a row's number to fit a slot. */
    public static final long MOST_BYTES = Timelines.MOST_BYTES;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int FIRST_SLOTS = 1024;
    private static final int FEW = 64;
    private static final long FREE = 0;

    /** So many are sorted at once: when they come in order of acceptance, each is the last of its id. */
    private static final int AT_ONCE = 1 << 20;

    private final GrowingFile file;
    private final MemorySegment memory;
    private final CopiedRows rows;
    private long slots;
    private long slotMask = FIRST_SLOTS - 1;
    private long count;
    private long[] added = new long[FEW];
    private int addedCount;

    /**
     * Without rows.
     *
     * @param file takes the hash table
     * @param rows in a file of {@link #MOST_BYTES}; none stands at its very beginning
     */
    public RowIds(GrowingFile file, CopiedRows rows) throws IOException {
        this.file = file;
        this.memory = file.memory();
        this.rows = rows;
        this.slots = file.allocate(FIRST_SLOTS * Long.BYTES);
    }

    /** Adds a row that has an id; it counts from {@link #link} on. */
    public void add(long row) throws IOException {
        if (addedCount == added.length) {
            added = Arrays.copyOf(added, 2 * addedCount);
        }
        added[addedCount++] = row;
        if (addedCount == AT_ONCE) {
            link();
        }
    }

    /** Puts the rows that were added where they belong; must be called before any are asked for. */
    public void link() throws IOException {
        int[] order = new int[addedCount];
        Arrays.setAll(order, i -> i);
        IndexSort.sort(order, addedCount, i -> rows.sequence(added[i]));
        for (int i : order) {
            link(added[i]);
        }
        addedCount = 0;
        added = new long[FEW];
    }

    private void link(long row) throws IOException {
        long slot = slot(row);
        long entry = entryAt(slot);
        long last = entry == FREE ? Timelines.NONE : place(entry);
        if (last == Timelines.NONE || rows.sequence(row) > rows.sequence(last)) {
            memory.set(LONG, slots + slot * Long.BYTES, entry(rows.idHash(row), row));
            put(row, Timelines.NONE, last);
        } else {
            putBefore(row, last);
        }
        if (last == Timelines.NONE && ++count * 2 > slotMask) {
            doubleSlots();
        }
    }

    /** A row that was sent again keeps its place among those that came since (rule I4). */
    private void putBefore(long row, long last) {
        long newer = last;
        long older = rows.older(last);
        while (older != Timelines.NONE && rows.sequence(older) > rows.sequence(row)) {
            newer = older;
            older = rows.older(older);
        }
        put(row, newer, older);
    }

    private void put(long row, long newer, long older) {
        rows.setNewer(row, newer);
        rows.setOlder(row, older);
        if (newer != Timelines.NONE) {
            rows.setOlder(newer, row);
            rows.setNewerKnown(row, Math.min(rows.known(newer), rows.newerKnown(newer)));
        }
        if (older != Timelines.NONE) {
            rows.setNewer(older, row);
        }
        long known = Math.min(rows.known(row), rows.newerKnown(row));
        for (long before = older;
                before != Timelines.NONE && rows.newerKnown(before) > known;
                before = rows.older(before)) {
            rows.setNewerKnown(before, known);
        }
    }

    /** Whether a later row of a row's id may be seen. */
    boolean isReplaced(long row, LongPredicate batches, long knownUntil) {
        if (!rows.hasId(row)) {
            return false;
        }
        // none that comes after would be known earlier
        for (long at = row; rows.newer(at) != Timelines.NONE && rows.newerKnown(at) <= knownUntil; ) {
            at = rows.newer(at);
            if (rows.known(at) <= knownUntil && batches.test(rows.batch(at))) {
                return true;
            }
        }
        return false;
    }

    /** When a later row of a row's id was first known; the end of time if none was. */
    long replacedAt(long row, LongPredicate batches) {
        long first = Long.MAX_VALUE;
        if (rows.hasId(row)) {
            long at = row;
            while (rows.newerKnown(at) < first) {
                at = rows.newer(at);
                if (batches.test(rows.batch(at))) {
                    first = Math.min(first, rows.known(at));
                }
            }
        }
        return first;
    }

    /** The slot of a row's id, or the free one where it would be. */
    private long slot(long row) {
        int hash = rows.idHash(row);
        long slot = hash & slotMask;
        for (long entry = entryAt(slot); entry != FREE; entry = entryAt(slot)) {
            if (hash(entry) == hash && rows.isSameId(place(entry), row)) {
                return slot;
            }
            slot = slot + 1 & slotMask;
        }
        return slot;
    }

    private void doubleSlots() throws IOException {
        long old = slots;
        long oldSlots = slotMask + 1;
        slots = file.allocate(2 * oldSlots * Long.BYTES);
        slotMask = 2 * oldSlots - 1;
        for (long i = 0; i < oldSlots; i++) {
            long entry = memory.get(LONG, old + i * Long.BYTES);
            if (entry != FREE) {
                long slot = hash(entry) & slotMask;
                while (entryAt(slot) != FREE) {
                    slot = slot + 1 & slotMask;
                }
                memory.set(LONG, slots + slot * Long.BYTES, entry);
            }
        }
    }

    private long entryAt(long slot) {
        return memory.get(LONG, slots + slot * Long.BYTES);
    }

    private static long entry(int hash, long row) {
        return (long) hash << Integer.SIZE | row / Long.BYTES;
    }

    private static int hash(long entry) {
        return (int) (entry >>> Integer.SIZE);
    }

    private static long place(long entry) {
        return (entry & 0xFFFF_FFFFL) * Long.BYTES;
    }
}
