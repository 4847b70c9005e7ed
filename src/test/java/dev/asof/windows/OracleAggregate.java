package dev.asof.windows;

import java.util.Map;
import java.util.function.Function;

/**
 * An aggregate as the oracle knows it.
 *
 * @param function as users write it
 * @param input what a row gives, {@link #FAILED} where that fails; null for a count of rows
 * @param type {@code INT32 INT64 FLOAT32 FLOAT64 STRING BOOLEAN BYTES TIMESTAMP}, of the input; empty without one
 * @param where true, false, null or {@link #FAILED}; null for none
 * @param n of {@code last_n}, {@code distinct_n}, {@code top_k}
 * @param by the column whose values have an aggregate each; null for none
 */
record OracleAggregate(
        String function,
        Function<Map<String, Object>, Object> input,
        String type,
        Function<Map<String, Object>, Object> where,
        OracleWindow window,
        int n,
        double quantile,
        String by,
        int maxKeys) {

    static final Object FAILED = new Object();

    static OracleAggregate of(String function, String column, String type, OracleWindow window) {
        Function<Map<String, Object>, Object> input = column == null ? null : row -> row.get(column);
        return new OracleAggregate(function, input, type, null, window, 0, 0, null, 0);
    }

    OracleAggregate where(Function<Map<String, Object>, Object> condition) {
        return new OracleAggregate(function, input, type, condition, window, n, quantile, by, maxKeys);
    }

    OracleAggregate withN(int size) {
        return new OracleAggregate(function, input, type, where, window, size, quantile, by, maxKeys);
    }

    OracleAggregate withQuantile(double q) {
        return new OracleAggregate(function, input, type, where, window, n, q, by, maxKeys);
    }

    OracleAggregate by(String column, int keys) {
        return new OracleAggregate(function, input, type, where, window, n, quantile, column, keys);
    }

    boolean isInteger() {
        return type.equals("INT32") || type.equals("INT64");
    }

    boolean isFloat() {
        return type.equals("FLOAT32") || type.equals("FLOAT64");
    }
}
