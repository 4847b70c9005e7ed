package dev.asof.transform.window;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How many numbers are in each {@link QuantileBucket} that has some, in order. */
final class QuantileState extends AggregateState {

    private int[] buckets = new int[4];
    private long[] counts = new long[4];
    private int size;

    /**
     * The bucket of the number of nearest rank: the first that has, with those before it, at least this part of all numbers, and at
     * least one. Some number was added.
     */
    int bucketAt(double quantile) {
        long all = 0;
        for (int i = 0; i < size; i++) {
            all += counts[i];
        }
        long rank = Math.max(1, (long) Math.ceil(quantile * all));
        int at = 0;
        long before = counts[0];
        while (before < rank && at < size - 1) {
            before += counts[++at];
        }
        return buckets[at];
    }

    /** Takes a bucket and how many are in it. */
    @FunctionalInterface
    interface Taker {
        void take(int bucket, long count);
    }

    /** In order. */
    void forEach(Taker taker) {
        for (int i = 0; i < size; i++) {
            taker.take(buckets[i], counts[i]);
        }
    }

    /** @param value the bucket of a number */
    @Override
    public void add(@Nullable Object value, long hash, long eventMicros, long rowSequence) {
        add((Integer) Objects.requireNonNull(value), 1);
    }

    void add(int bucket, long count) {
        int found = Arrays.binarySearch(buckets, 0, size, bucket);
        if (found >= 0) {
            counts[found] += count;
            return;
        }
        int at = -found - 1;
        if (size == buckets.length) {
            buckets = Arrays.copyOf(buckets, size * 2);
            counts = Arrays.copyOf(counts, size * 2);
        }
        System.arraycopy(buckets, at, buckets, at + 1, size - at);
        System.arraycopy(counts, at, counts, at + 1, size - at);
        buckets[at] = bucket;
        counts[at] = count;
        size++;
    }

    @Override
    public void merge(AggregateState other) {
        var theirs = (QuantileState) other;
        merge(theirs.buckets, theirs.counts, theirs.size);
    }

    private void merge(int[] theirs, long[] theirCounts, int theirSize) {
        if (theirSize <= size >> 4) {
            for (int i = 0; i < theirSize; i++) {
                add(theirs[i], theirCounts[i]);
            }
            return;
        }
        var merged = new int[size + theirSize];
        var mergedCounts = new long[size + theirSize];
        int mine = 0;
        int their = 0;
        int to = 0;
        while (mine < size || their < theirSize) {
            int order = mine == size ? 1 : their == theirSize ? -1 : Integer.compare(buckets[mine], theirs[their]);
            merged[to] = order <= 0 ? buckets[mine] : theirs[their];
            mergedCounts[to++] = (order <= 0 ? counts[mine++] : 0) + (order >= 0 ? theirCounts[their++] : 0);
        }
        buckets = merged;
        counts = mergedCounts;
        size = to;
    }

    @Override
    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public void encode(StateWriter out) {
        out.putVarint(size);
        int before = 0;
        for (int i = 0; i < size; i++) {
            out.putSigned((long) buckets[i] - before);
            out.putVarint(counts[i]);
            before = buckets[i];
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        int theirSize = in.readCount(2);
        var theirs = new int[theirSize];
        var theirCounts = new long[theirSize];
        long before = 0;
        for (int i = 0; i < theirSize; i++) {
            before += in.readSigned();
            theirs[i] = Math.toIntExact(before);
            theirCounts[i] = in.readVarint();
        }
        merge(theirs, theirCounts, theirSize);
    }
}
