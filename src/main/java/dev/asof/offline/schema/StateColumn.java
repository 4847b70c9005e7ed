package dev.asof.offline.schema;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.StateKind;
import java.util.ArrayList;
import java.util.List;

/**
 * A column that holds a part of a state, of a real type, so that SQL can merge states.
 *
 * @param part which part it is, unique within the state
 */
public record StateColumn(Part part, ValueType type) {

    /** The parts that there are, by the names they have in SQL. */
    public enum Part {
        /** How many rows, or how many in each bucket. */
        N,
        /** Of a total in 128 bits, what is above the lower 32 bits. */
        HIGH,
        /** Of such a total the lower 32 bits, never negative. */
        LOW,
        SUM,
        /** What was lost of a sum in rounding. */
        REST,
        /** Bits: 1 there is a NaN, 2 an infinity, 4 a negative one; 8 the sum and its rest are divided by 2^128. */
        MARKS,
        /** NaN once a number is not finite. */
        MEAN,
        /** The sum of the squared distances from the mean. */
        SQUARES,
        VALUE,
        EVENT,
        SEQUENCE,
        /** The value of a bucketed aggregate's column. */
        KEY,
        HASH,
        /** Whether values were left out. */
        MORE;

        /** The column of a view's cell, counted from 0. */
        public String of(int cell) {
            return "cell__%s_%s".formatted(cell + 1, name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    /** The columns of a state, in the order in which they are written. */
    public static List<StateColumn> of(StateKind kind) {
        return switch (kind) {
            case StateKind.Count() -> List.of(one(Part.N, ScalarType.INT64));
            case StateKind.IntegerSum() ->
                List.of(
                        one(Part.N, ScalarType.INT64),
                        one(Part.HIGH, ScalarType.INT64),
                        one(Part.LOW, ScalarType.INT64));
            case StateKind.FloatSum() ->
                List.of(
                        one(Part.N, ScalarType.INT64),
                        one(Part.SUM, ScalarType.FLOAT64),
                        one(Part.REST, ScalarType.FLOAT64),
                        one(Part.MARKS, ScalarType.INT32));
            case StateKind.Moments() ->
                List.of(
                        one(Part.N, ScalarType.INT64),
                        one(Part.MEAN, ScalarType.FLOAT64),
                        one(Part.SQUARES, ScalarType.FLOAT64));
            case StateKind.Extreme(boolean _, var type) -> List.of(one(Part.VALUE, type));
            case StateKind.Edge(boolean _, var type) ->
                List.of(
                        one(Part.VALUE, type),
                        one(Part.EVENT, ScalarType.TIMESTAMP),
                        one(Part.SEQUENCE, ScalarType.INT64));
            case StateKind.DistinctHashes() -> List.of(many(Part.HASH, ScalarType.INT64));
            case StateKind.QuantileBuckets() ->
                List.of(many(Part.VALUE, ScalarType.INT32), many(Part.N, ScalarType.INT64));
            case StateKind.LastValues(int _, var type) -> places(type);
            case StateKind.LastDistinct(int _, var type) -> places(type);
            case StateKind.Frequencies(int _, var type) -> buckets(new StateKind.Count(), type);
            case StateKind.Buckets(var each, int _, var keyType) -> buckets(each, keyType);
        };
    }

    private static List<StateColumn> places(ScalarType type) {
        return List.of(
                many(Part.VALUE, type), many(Part.EVENT, ScalarType.TIMESTAMP), many(Part.SEQUENCE, ScalarType.INT64));
    }

    /** A list of what each state has, in the order of the keys' hashes. */
    private static List<StateColumn> buckets(StateKind each, ScalarType keyType) {
        var columns = new ArrayList<StateColumn>();
        columns.add(many(Part.KEY, keyType));
        columns.add(many(Part.HASH, ScalarType.INT64));
        columns.add(one(Part.MORE, ScalarType.BOOLEAN));
        of(each).forEach(column -> columns.add(many(column.part(), (ScalarType) column.type())));
        return columns;
    }

    private static StateColumn one(Part part, ScalarType type) {
        return new StateColumn(part, type);
    }

    private static StateColumn many(Part part, ScalarType type) {
        return new StateColumn(part, ListType.of(type));
    }
}
