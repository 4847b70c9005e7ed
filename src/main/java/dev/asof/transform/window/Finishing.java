package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateResult.Status;
import dev.asof.transform.window.BucketsState.Bucket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What aggregates answer of what was kept. */
final class Finishing {

    private Finishing() {}

    static AggregateResult finish(Aggregate aggregate, AggregateState state) {
        return switch (state) {
            case BucketsState buckets
            when aggregate.by().isPresent() ->
                finishBuckets(aggregate, aggregate.by().get(), buckets);
            case BucketsState counts -> mostFrequent(aggregate, counts);
            case SlotState slots -> finish(aggregate, slots.slots(), 0);
            case TextExtremeState extreme -> AggregateResult.ofNullable(extreme.value());
            case TextEdgeState edge -> AggregateResult.ofNullable(edge.value());
            case DistinctState distinct -> AggregateResult.present(distinct.count());
            case QuantileState quantiles ->
                AggregateResult.ofNullable(
                        quantiles.isEmpty() ? null : QuantileBucket.number(quantiles.bucketAt(aggregate.quantile())));
            case LastValuesState last -> AggregateResult.present(last.values());
            case LastDistinctState last -> AggregateResult.present(last.values());
            default -> throw new IllegalArgumentException("Not a state of %s".formatted(aggregate));
        };
    }

    static AggregateResult finish(Aggregate aggregate, long[] slots, int at) {
        return switch (aggregate.function()) {
            case COUNT -> AggregateResult.present(slots[at]);
            case SUM -> sum(aggregate, slots, at);
            case AVG -> AggregateResult.ofNullable(mean(aggregate, slots, at));
            case MIN, MAX ->
                AggregateResult.ofNullable(
                        ExtremeSlots.isFound(slots, at)
                                ? RawValues.value(aggregate.inputType(), ExtremeSlots.value(slots, at))
                                : null);
            case FIRST, LAST ->
                AggregateResult.ofNullable(
                        EdgeSlots.isFound(slots, at)
                                ? RawValues.value(aggregate.inputType(), EdgeSlots.value(slots, at))
                                : null);
            case VARIANCE, STDDEV -> AggregateResult.ofNullable(variance(aggregate, slots, at, 1));
            case VARIANCE_POP, STDDEV_POP -> AggregateResult.ofNullable(variance(aggregate, slots, at, 0));
            case COUNT_DISTINCT, APPROX_QUANTILE, LAST_N, DISTINCT_N, TOP_K ->
                throw new IllegalArgumentException("Not kept in slots: " + aggregate);
        };
    }

    private static AggregateResult sum(Aggregate aggregate, long[] slots, int at) {
        if (!aggregate.isOfIntegers()) {
            return AggregateResult.present(FloatSumSlots.total(slots, at));
        }
        var total = IntegerSumSlots.total(slots, at);
        return total.isPresent()
                ? AggregateResult.present(total.getAsLong())
                : new AggregateResult(null, Status.FAILED);
    }

    private static @Nullable Double mean(Aggregate aggregate, long[] slots, int at) {
        if (aggregate.isOfIntegers()) {
            return IntegerSumSlots.count(slots, at) == 0 ? null : (Double) IntegerSumSlots.mean(slots, at);
        }
        return FloatSumSlots.count(slots, at) == 0 ? null : (Double) FloatSumSlots.mean(slots, at);
    }

    private static @Nullable Double variance(Aggregate aggregate, long[] slots, int at, int lessRows) {
        long divisor = MomentsSlots.count(slots, at) - lessRows;
        if (divisor <= 0) {
            return null;
        }
        double variance = MomentsSlots.variance(slots, at, divisor);
        boolean isRoot = aggregate.function() == AggregateFunction.STDDEV
                || aggregate.function() == AggregateFunction.STDDEV_POP;
        return isRoot ? Math.sqrt(variance) : variance;
    }

    private static AggregateResult mostFrequent(Aggregate aggregate, BucketsState counts) {
        Comparator<Bucket> order = Comparator.<Bucket>comparingLong(bucket -> ((SlotState) bucket.state()).slots()[0])
                .reversed()
                .thenComparing(Bucket::key, ValueOrder.of(aggregate.inputType()));
        List<Object> values = counts.buckets().stream()
                .sorted(order)
                .limit(aggregate.size())
                .map(Bucket::key)
                .toList();
        return new AggregateResult(values, counts.isTruncated() ? Status.TRUNCATED : Status.PRESENT);
    }

    private record Finished(Object key, AggregateResult result) {}

    private static AggregateResult finishBuckets(Aggregate aggregate, Aggregate.By by, BucketsState state) {
        var one = aggregate.ofOneBucket();
        var keys = ValueOrder.of(by.type());
        Comparator<Finished> greatestFirst = Comparator.<Finished, Object>comparing(
                        Finished::result, greatestFirst((ScalarType) one.resultType()))
                .thenComparing(Finished::key, keys);
        List<Finished> answered = state.buckets().stream()
                .map(bucket -> new Finished(bucket.key(), finish(one, bucket.state())))
                .sorted(greatestFirst)
                .limit(by.maxKeys())
                .sorted(Comparator.comparing(Finished::key, keys))
                .toList();
        var values = new ArrayList<@Nullable Object>(answered.size());
        answered.forEach(finished -> values.add(finished.result().value()));
        return new AggregateResult(
                new AggregateResult.Buckets(
                        answered.stream().map(Finished::key).toList(), Collections.unmodifiableList(values)),
                status(state, answered));
    }

    private static Status status(BucketsState state, List<Finished> answered) {
        if (answered.stream().anyMatch(finished -> finished.result().status() == Status.FAILED)) {
            return Status.FAILED;
        }
        return state.isTruncated() ? Status.TRUNCATED : Status.PRESENT;
    }

    /** Of results, nulls and NaN last. */
    private static Comparator<Object> greatestFirst(ScalarType type) {
        var values = ValueOrder.of(type).reversed();
        return (a, b) -> {
            Object x = ((AggregateResult) a).value();
            Object y = ((AggregateResult) b).value();
            boolean xIsLast = isNullOrNan(x);
            boolean yIsLast = isNullOrNan(y);
            return xIsLast || yIsLast ? Boolean.compare(xIsLast, yIsLast) : values.compare(x, y);
        };
    }

    private static boolean isNullOrNan(@Nullable Object value) {
        return value == null
                || value instanceof Double number && number.isNaN()
                || value instanceof Float single && single.isNaN();
    }
}
