package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.BucketsState.Bucket;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * States as values of scalar types and lists of such, for a store that merges states by itself. The parts by kind:
 *
 * <ul>
 *   <li>count: how many
 *   <li>sum of integers: how many; the total's bits above the lower 32; its lower 32 bits, not negative
 *   <li>sum of floats: how many; total; what was lost in rounding; marks: 1 for a NaN, 2 for an infinity, 4 for a negative one, 8
 *       when total and loss are divided by 2^128
 *   <li>moments: how many; mean, NaN once a number is not finite; sum of squared distances
 *   <li>extreme: the value, NaN if there is no other
 *   <li>edge: value, event timestamp, row sequence
 *   <li>distinct hashes: a list, in order
 *   <li>quantile buckets: lists of buckets, in order, and of how many are in each
 *   <li>last values, last distinct: lists of values, event timestamps and row sequences, oldest first
 *   <li>frequencies, buckets: lists of keys and hashes, by hash; whether some were left out; for each part of the states of the keys
 *       a list of it
 * </ul>
 */
public final class StateParts {

    private static final int MARKS = 15;
    private static final int MARK_BITS = 4;
    private static final int OF_BUCKETS = 3;
    private static final StateKind COUNT = new StateKind.Count();

    private StateParts() {}

    /** @param state of the kind, not empty */
    public static @Nullable Object[] of(StateKind kind, AggregateState state) {
        return switch (kind) {
            case StateKind.Count _ -> new Object[] {slots(state)[0]};
            case StateKind.IntegerSum _ -> ofIntegers(slots(state));
            case StateKind.FloatSum _ -> ofFloats(slots(state));
            case StateKind.Moments _ -> ofMoments(slots(state));
            case StateKind.Extreme(boolean _, var type) -> new @Nullable Object[] {extreme(type, state)};
            case StateKind.Edge(boolean _, var type) -> edge(type, state);
            case StateKind.DistinctHashes _ -> {
                var hashes = new ArrayList<Long>();
                ((DistinctState) state).forEach(hashes::add);
                yield new Object[] {hashes};
            }
            case StateKind.QuantileBuckets _ -> {
                var buckets = new ArrayList<Integer>();
                var counts = new ArrayList<Long>();
                ((QuantileState) state).forEach((bucket, count) -> {
                    buckets.add(bucket);
                    counts.add(count);
                });
                yield new Object[] {buckets, counts};
            }
            case StateKind.LastValues _ -> rows(((LastValuesState) state).rows());
            case StateKind.LastDistinct _ -> rows(((LastDistinctState) state).rows());
            case StateKind.Frequencies _ -> buckets(COUNT, (BucketsState) state);
            case StateKind.Buckets buckets -> buckets(buckets.each(), (BucketsState) state);
        };
    }

    private static long[] slots(AggregateState state) {
        return ((SlotState) state).slots();
    }

    private static Object[] ofIntegers(long[] slots) {
        var total =
                BigInteger.valueOf(slots[2]).shiftLeft(Long.SIZE).add(new BigInteger(Long.toUnsignedString(slots[1])));
        return new Object[] {slots[0], total.shiftRight(Integer.SIZE).longValueExact(), slots[1] & 0xFFFF_FFFFL};
    }

    private static Object[] ofFloats(long[] slots) {
        return new Object[] {
            slots[0] >>> MARK_BITS,
            Double.longBitsToDouble(slots[1]),
            Double.longBitsToDouble(slots[2]),
            (int) (slots[0] & MARKS)
        };
    }

    private static Object[] ofMoments(long[] slots) {
        boolean finite = (slots[0] & 1) == 0;
        return new Object[] {
            slots[0] >>> 1,
            finite ? Double.longBitsToDouble(slots[1]) : Double.NaN,
            finite ? Double.longBitsToDouble(slots[2]) : Double.NaN
        };
    }

    private static @Nullable Object extreme(ScalarType type, AggregateState state) {
        if (state instanceof TextExtremeState text) {
            return text.value();
        }
        long[] slots = slots(state);
        return RawValues.value(type, ExtremeSlots.isFound(slots, 0) ? slots[1] : Double.doubleToLongBits(Double.NaN));
    }

    private static @Nullable Object[] edge(ScalarType type, AggregateState state) {
        if (state instanceof TextEdgeState text) {
            return new @Nullable Object[] {text.value(), Timestamps.ofMicros(text.event()), text.sequence()};
        }
        long[] slots = slots(state);
        return new Object[] {RawValues.value(type, slots[2]), Timestamps.ofMicros(slots[1]), slots[0] - 1};
    }

    private static Object[] rows(Rows rows) {
        var events = new ArrayList<Instant>();
        var sequences = new ArrayList<Long>();
        for (int i = 0; i < rows.size; i++) {
            events.add(Timestamps.ofMicros(rows.events[i]));
            sequences.add(rows.sequences[i]);
        }
        return new Object[] {Arrays.asList(rows.copyOfValues()), events, sequences};
    }

    private static @Nullable Object[] buckets(StateKind each, BucketsState state) {
        var keys = new ArrayList<Object>();
        var hashes = new ArrayList<Long>();
        var parts = new ArrayList<List<@Nullable Object>>();
        for (Bucket bucket : state.buckets()) {
            keys.add(bucket.key());
            hashes.add(bucket.hash());
            var ofBucket = of(each, bucket.state());
            for (int i = 0; i < ofBucket.length; i++) {
                if (parts.size() == i) {
                    parts.add(new ArrayList<>());
                }
                parts.get(i).add(ofBucket[i]);
            }
        }
        var all = new ArrayList<Object>(List.of(keys, hashes, state.isTruncated()));
        all.addAll(parts);
        return all.toArray();
    }

    /** The state that has these parts. */
    public static AggregateState state(StateKind kind, @Nullable Object[] parts) {
        var state = kind.empty();
        switch (kind) {
            case StateKind.Count _ -> slots(state)[0] = number(parts, 0);
            case StateKind.IntegerSum _ -> integers(parts, slots(state));
            case StateKind.FloatSum _ -> floats(parts, slots(state));
            case StateKind.Moments _ -> moments(parts, slots(state));
            case StateKind.Extreme _ -> state.add(parts[0], 0, 0, 0);
            case StateKind.Edge _ ->
                state.add(parts[0], 0, Timestamps.toMicros((Instant) part(parts, 1)), number(parts, 2));
            case StateKind.DistinctHashes _ -> list(parts, 0).forEach(hash -> state.add(hash, 0, 0, 0));
            case StateKind.QuantileBuckets _ -> {
                var counts = list(parts, 1);
                for (int i = 0; i < counts.size(); i++) {
                    ((QuantileState) state).add((Integer) list(parts, 0).get(i), (Long) counts.get(i));
                }
            }
            case StateKind.LastValues _, StateKind.LastDistinct _ -> {
                for (int i = 0; i < list(parts, 1).size(); i++) {
                    state.add(
                            list(parts, 0).get(i),
                            0,
                            Timestamps.toMicros((Instant)
                                    Objects.requireNonNull(list(parts, 1).get(i))),
                            (Long) Objects.requireNonNull(list(parts, 2).get(i)));
                }
            }
            case StateKind.Frequencies _ -> fill((BucketsState) state, COUNT, parts);
            case StateKind.Buckets buckets -> fill((BucketsState) state, buckets.each(), parts);
        }
        return state;
    }

    private static Object part(@Nullable Object[] parts, int at) {
        return Objects.requireNonNull(parts[at]);
    }

    private static long number(@Nullable Object[] parts, int at) {
        return (Long) part(parts, at);
    }

    private static double decimal(@Nullable Object[] parts, int at) {
        return (Double) part(parts, at);
    }

    private static List<?> list(@Nullable Object[] parts, int at) {
        return (List<?>) part(parts, at);
    }

    private static void integers(@Nullable Object[] parts, long[] slots) {
        var total =
                BigInteger.valueOf(number(parts, 1)).shiftLeft(Integer.SIZE).add(BigInteger.valueOf(number(parts, 2)));
        slots[0] = number(parts, 0);
        slots[1] = total.longValue();
        slots[2] = total.shiftRight(Long.SIZE).longValue();
    }

    private static void floats(@Nullable Object[] parts, long[] slots) {
        slots[0] = number(parts, 0) << MARK_BITS | (Integer) part(parts, 3);
        slots[1] = Double.doubleToRawLongBits(decimal(parts, 1));
        slots[2] = Double.doubleToRawLongBits(decimal(parts, 2));
    }

    private static void moments(@Nullable Object[] parts, long[] slots) {
        boolean finite = !Double.isNaN(decimal(parts, 1));
        slots[0] = number(parts, 0) << 1 | (finite ? 0 : 1);
        slots[1] = finite ? Double.doubleToRawLongBits(decimal(parts, 1)) : 0;
        slots[2] = finite ? Double.doubleToRawLongBits(decimal(parts, 2)) : 0;
    }

    private static void fill(BucketsState state, StateKind each, @Nullable Object[] parts) {
        var keys = list(parts, 0);
        for (int bucket = 0; bucket < keys.size(); bucket++) {
            var ofBucket = new @Nullable Object[parts.length - OF_BUCKETS];
            for (int i = 0; i < ofBucket.length; i++) {
                ofBucket[i] = list(parts, OF_BUCKETS + i).get(bucket);
            }
            state.inBucket(Objects.requireNonNull(keys.get(bucket)), (Long)
                            Objects.requireNonNull(list(parts, 1).get(bucket)))
                    .merge(state(each, ofBucket));
        }
        if ((Boolean) part(parts, 2)) {
            state.truncate();
        }
    }
}
