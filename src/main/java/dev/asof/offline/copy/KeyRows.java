package dev.asof.offline.copy;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.Known;
import dev.asof.shared.Timestamps;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongPredicate;

/**
 * Neighbouring rows of one key, in rule A1's order, and which of them count as of a time that only moves on (rules A4, W4): with
 * ids the last of each id that may be seen, without them those after the newest tombstone. What is known of a row changes
 * with the time for {@code known: as_recorded} alone: each then begins to count when it was known, and ends when what
 * replaces it was. Times are as Postgres counts them; rows are numbered from 0.
 */
final class KeyRows {

    /** Hears of rows that have begun or ended to count. */
    interface Watcher {
        void changed(int row);
    }

    private final History history;
    private final LongPredicate batches;
    private final boolean isMoving;
    private final long knownUntil;
    private Watcher watcher = _ -> {};
    private long places;
    private int first;
    private int size;
    private long[] counting = {};
    private boolean hasTombstones;
    private final Numbers tombstones = new Numbers();
    private final BitSet cutting = new BitSet();

    // As time moves on: rows that were known in their order, of which the next is the first not to be known yet; rows
    // that were known later than ones after them; and rows that are replaced.
    private long[] inOrder = {};
    private int next;
    private final Numbers late = new Numbers();
    private int nextLate;
    private final Numbers replaced = new Numbers();
    private int nextReplaced;

    KeyRows(History history, Admission admission) {
        this.history = history;
        this.batches = admission.batches();
        this.isMoving = admission.known() instanceof Known.AsRecorded;
        this.knownUntil = switch (admission.known()) {
            case Known.Latest(), Known.AsRecorded() -> Long.MAX_VALUE;
            case Known.At(var instant) -> Timestamps.toMicros(instant) - RowBuffer.POSTGRES_EPOCH_MICROS;
        };
    }

    void watchedBy(Watcher other) {
        watcher = other;
    }

    /**
     * Begins with some rows of a timeline, before any time.
     *
     * @param timeline {@link Timelines#NONE} for no rows
     * @param from the number of the first of them in the timeline
     * @param until the number of the first after them
     */
    void begin(long timeline, int from, int until) {
        places = timeline == Timelines.NONE ? 0 : history.timelines().rows(timeline);
        first = from;
        size = until - from;
        counting = cleared(counting);
        tombstones.clear();
        cutting.clear();
        if (isMoving) {
            beginMoving();
        } else {
            beginFixed();
        }
        hasTombstones = tombstones.size() > 0;
    }

    private long[] cleared(long[] bits) {
        int words = Math.ceilDiv(size, Long.SIZE);
        if (bits.length < words) {
            return new long[words + words / 2];
        }
        Arrays.fill(bits, 0, words, 0);
        return bits;
    }

    private void beginFixed() {
        var rows = history.rows();
        var ids = history.ids();
        for (int i = 0; i < size; i++) {
            long row = place(i);
            if (rows.known(row) > knownUntil || !batches.test(rows.batch(row))) {
                continue;
            }
            if (rows.isDeleted(row)) {
                if (ids == null) {
                    cutting.set(tombstones.size());
                    tombstones.add(i);
                }
            } else if (ids == null || !ids.isReplaced(row, batches, knownUntil)) {
                set(counting, i);
            }
        }
    }

    private void beginMoving() {
        inOrder = cleared(inOrder);
        next = 0;
        nextLate = 0;
        nextReplaced = 0;
        late.clear();
        replaced.clear();
        long newest = Long.MIN_VALUE;
        for (int i = 0; i < size; i++) {
            if (!mayCount(i)) {
                continue;
            }
            long known = known(i);
            if (known < newest) {
                late.add(i);
            } else {
                newest = known;
                set(inOrder, i);
            }
        }
        late.sort(this::known);
        replaced.sort(this::replacedAt);
    }

    /** Whether it does at some time; notes when it ends to. */
    private boolean mayCount(int row) {
        var rows = history.rows();
        long place = place(row);
        if (!batches.test(rows.batch(place))) {
            return false;
        }
        if (history.ids() == null) {
            if (rows.isDeleted(place)) {
                tombstones.add(row);
            }
            return true;
        }
        long end = replacedAt(row);
        if (rows.isDeleted(place) || end <= rows.known(place)) {
            return false;
        }
        if (end != Long.MAX_VALUE) {
            replaced.add(row);
        }
        return true;
    }

    private long replacedAt(int row) {
        var ids = history.ids();
        return ids == null ? Long.MAX_VALUE : ids.replacedAt(place(row), batches);
    }

    /** Goes on to a time, which is not before the last one. */
    void moveTo(long asOf) {
        if (!isMoving) {
            return;
        }
        for (; next < size; next++) {
            if (isSet(inOrder, next)) {
                if (known(next) > asOf) {
                    break;
                }
                beginToCount(next);
            }
        }
        for (; nextLate < late.size() && known(late.at(nextLate)) <= asOf; nextLate++) {
            beginToCount(late.at(nextLate));
        }
        for (; nextReplaced < replaced.size() && replacedAt(replaced.at(nextReplaced)) <= asOf; nextReplaced++) {
            int row = replaced.at(nextReplaced);
            counting[row >>> 6] &= ~(1L << row);
            watcher.changed(row);
        }
    }

    private void beginToCount(int row) {
        if (hasTombstones && history.rows().isDeleted(place(row))) {
            cutting.set(tombstones.countBelow(row));
        } else {
            set(counting, row);
            watcher.changed(row);
        }
    }

    private static void set(long[] bits, int at) {
        bits[at >>> 6] |= 1L << at;
    }

    private static boolean isSet(long[] bits, int at) {
        return (bits[at >>> 6] >>> at & 1) != 0;
    }

    int size() {
        return size;
    }

    boolean counts(int row) {
        return isSet(counting, row);
    }

    /** The first row that no tombstone among the first so many cuts off. */
    int firstAfterCut(int until) {
        if (!hasTombstones) {
            return 0;
        }
        int newest = cutting.previousSetBit(tombstones.countBelow(until) - 1);
        return newest < 0 ? 0 : tombstones.at(newest) + 1;
    }

    /** How many rows are before a time, when it is known that so many are: the fewer more there are, the sooner. */
    int countBefore(long time, int least) {
        long low = least;
        long step = 1;
        while (low + step <= size && event((int) (low + step) - 1) < time) {
            low += step;
            step *= 2;
        }
        int high = (int) Math.min(size, low + step - 1);
        return history.timelines().countBefore(places, first + (int) low, first + high, time) - first;
    }

    long place(int row) {
        return history.timelines().placeAt(places, first + row);
    }

    long event(int row) {
        return history.timelines().timeAt(places, first + row);
    }

    long known(int row) {
        return history.rows().known(place(row));
    }
}
