package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A state for each of the values of the least hashes (rule W6). A value that is kept was kept in every part that went into this state,
 * so its own state is exact; once some value was dropped, the answer may lack the greatest.
 */
final class BucketsState extends AggregateState {

    /** @param hash by which values are chosen */
    record Bucket(long hash, Object key, AggregateState state) {}

    private final StateKind each;
    private final int most;
    private final ScalarType keyType;
    private final Comparator<Bucket> order;
    /** By hash. */
    private final List<Bucket> buckets = new ArrayList<>();

    private boolean truncated;

    BucketsState(StateKind each, int most, ScalarType keyType) {
        this.each = each;
        this.most = most;
        this.keyType = keyType;
        var values = ValueOrder.of(keyType);
        this.order = Comparator.comparingLong(Bucket::hash).thenComparing(Bucket::key, values);
    }

    /** In no order that means anything. */
    List<Bucket> buckets() {
        return Collections.unmodifiableList(buckets);
    }

    /** Whether there are more values than are kept. */
    boolean isTruncated() {
        return truncated;
    }

    /** Says that values were left out. */
    void truncate() {
        truncated = true;
    }

    /** Counts a value, where that is all that is kept. */
    @Override
    public void add(@Nullable Object value, long hash, long eventMicros, long rowSequence) {
        if (value == null) {
            throw new IllegalArgumentException("A null has no bucket");
        }
        inBucket(value, hash).add(null, 0, eventMicros, rowSequence);
    }

    @Override
    public AggregateState inBucket(Object key, long hash) {
        var added = new Bucket(hash, key, each.empty());
        int found = Collections.binarySearch(buckets, added, order);
        if (found >= 0) {
            return buckets.get(found).state();
        }
        int at = -found - 1;
        if (buckets.size() == most) {
            truncated = true;
            if (at == most) {
                return added.state();
            }
            buckets.removeLast();
        }
        buckets.add(at, added);
        return added.state();
    }

    @Override
    public void merge(AggregateState other) {
        var theirs = (BucketsState) other;
        truncated |= theirs.truncated;
        for (var bucket : theirs.buckets) {
            inBucket(bucket.key(), bucket.hash()).merge(bucket.state());
        }
    }

    @Override
    public boolean isEmpty() {
        return buckets.isEmpty();
    }

    @Override
    public void encode(StateWriter out) {
        out.putVarint((long) buckets.size() << 1 | (truncated ? 1 : 0));
        for (var bucket : buckets) {
            out.put(keyType, bucket.key());
            bucket.state().encode(out);
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        long head = in.readVarint();
        truncated |= (head & 1) != 0;
        for (long left = head >>> 1; left > 0; left--) {
            Object key = in.read(keyType);
            inBucket(key, ValueHash.of(key)).mergeEncoded(in);
        }
    }
}
