package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateFunction;
import java.util.Locale;

/**
 * The aggregate functions in SQL, with the arithmetic of {@code transform}, which tests hold it to (rules W2 and W3). Floats are
 * summed as decimals of any length: exact whatever the order and however many there are, where Postgres's own sums of floats
 * round, and fail when they overflow on the way. Pure: text out, nothing run.
 */
final class AggregateSql {

    /** What the functions are applied to. */
    interface Scope {

        /** The value of an element. */
        String value();

        /** What elements are ordered by: event timestamp and sequence, or what stands for them. */
        String order();

        /**
         * Has an aggregate computed.
         *
         * @param call of the aggregate, without its filter
         * @param condition on the elements besides the scope's own; empty for all
         * @return what its result is called where results are finished
         */
        String call(String call, String condition);

        /** How many elements there are. */
        default String elements() {
            return call("count(*)", "");
        }

        /** How many values there are that are not null. */
        default String values() {
            return call("count(%s)".formatted(value()), "");
        }

        /** Their total, a decimal; null without any. */
        default String total(Aggregate aggregate) {
            return call("sum(%s)".formatted(decimal(value(), type(aggregate))), "");
        }

        /** The total of their squares. */
        default String squares(Aggregate aggregate) {
            return call("sum(%1$s * %1$s)".formatted(factor(value(), type(aggregate))), "");
        }
    }

    private static final int LEAST_HASHES = 1024;

    private AggregateSql() {}

    /** What an aggregate answers, of those that need nothing but values in order. */
    static String answer(Aggregate aggregate, Scope scope) {
        return switch (aggregate.function()) {
            case COUNT -> scope.elements();
            case SUM -> sum(aggregate, scope);
            case AVG -> mean(aggregate, scope);
            case MIN, MAX -> extreme(aggregate, scope);
            case FIRST -> inOrder(scope, isNotNull(scope)) + "[1]";
            case LAST -> {
                String values = inOrder(scope, isNotNull(scope));
                yield "%1$s[cardinality(%1$s)]".formatted(values);
            }
            case STDDEV, STDDEV_POP -> "sqrt(%s)".formatted(variance(aggregate, scope));
            case VARIANCE, VARIANCE_POP -> variance(aggregate, scope);
            case COUNT_DISTINCT -> distinct(scope);
            case APPROX_QUANTILE -> quantile(aggregate, scope);
            case LAST_N -> {
                String values = inOrder(scope, "");
                yield orEmpty(
                        "%1$s[cardinality(%1$s) - %2$s + 1:]".formatted(values, aggregate.size()), type(aggregate));
            }
            case DISTINCT_N -> lastDistinct(aggregate, scope);
            case TOP_K -> throw new IllegalArgumentException("Needs hashes");
        };
    }

    private static ScalarType type(Aggregate aggregate) {
        return aggregate.input().orElseThrow();
    }

    private static boolean isInteger(Aggregate aggregate) {
        var type = type(aggregate);
        return type == ScalarType.INT32 || type == ScalarType.INT64;
    }

    private static String isNotNull(Scope scope) {
        return scope.value() + " is not null";
    }

    private static String inOrder(Scope scope, String condition) {
        return scope.call("array_agg(%s order by %s)".formatted(scope.value(), scope.order()), condition);
    }

    static String orEmpty(String list, ScalarType element) {
        return "coalesce(%s, '{}'::%s[])".formatted(list, Sql.type(element));
    }

    private static String sum(Aggregate aggregate, Scope scope) {
        String total = scope.total(aggregate);
        return isInteger(aggregate)
                ? "case when %1$s is null then 0 when %1$s between %2$s and %3$s then (%1$s)::bigint end"
                        .formatted(total, Long.MIN_VALUE, Long.MAX_VALUE)
                : "coalesce(%s, 0)".formatted(real(total));
    }

    /** Floats by their shortest text, which is the float again when it is read. */
    static String decimal(String value, ScalarType type) {
        return switch (type) {
            case INT32, INT64 -> value + "::bigint";
            case FLOAT32 -> value + "::float8::text::numeric";
            case FLOAT64 -> value + "::text::numeric";
            case BOOLEAN, STRING, BYTES, TIMESTAMP -> throw new IllegalArgumentException("Not a number: " + type);
        };
    }

    /** A decimal whose square is one too, however large. */
    static String factor(String value, ScalarType type) {
        return type == ScalarType.INT32 || type == ScalarType.INT64 ? value + "::numeric" : decimal(value, type);
    }

    /** The float that is nearest to a decimal, where the cast fails on what is too large or too small for one. */
    private static String real(String decimal) {
        return """
            case when %1$s > 1.7976931348623158e308 and %1$s <> 'NaN' then 'Infinity'::float8
                 when %1$s < -1.7976931348623158e308 then '-Infinity'::float8
                 when abs(%1$s) < 2.5e-324 then 0::float8 else (%1$s)::float8 end\
            """.formatted(decimal);
    }

    /**
     * Rounded as the states round it, so that both give the same float: first the total, then the quotient. Only a total that no
     * float can hold is divided as a decimal.
     */
    private static String mean(Aggregate aggregate, Scope scope) {
        String total = scope.total(aggregate);
        return "case when abs(%1$s) < 1.7976931348623158e308 then (%2$s) / %3$s else %4$s end"
                .formatted(total, real(total), scope.values(), real("%s / %s".formatted(total, scope.values())));
    }

    private static String extreme(Aggregate aggregate, Scope scope) {
        boolean greatest = aggregate.function() == AggregateFunction.MAX;
        String function = greatest ? "max" : "min";
        var type = type(aggregate);
        if (type == ScalarType.STRING) {
            return scope.call("%s(%s collate \"C\")".formatted(function, scope.value()), "");
        }
        if (type != ScalarType.FLOAT32 && type != ScalarType.FLOAT64) {
            return scope.call("%s(%s)".formatted(function, scope.value()), "");
        }
        // Postgres has one zero, and NaN above all
        String found = scope.call("%s(%s)".formatted(function, scope.value()), scope.value() + " <> 'NaN'");
        String outer = greatest ? "0" : "-0";
        String inner = greatest ? "-0" : "0";
        String isOuter = scope.call("bool_or(%1$s = 0 and %1$s::text = '%2$s')".formatted(scope.value(), outer), "");
        return "case when %1$s <> 0 then %1$s when %2$s then '%3$s'::%5$s when %1$s = 0 then '%4$s'::%5$s end"
                .formatted(found, isOuter, outer, inner, Sql.type(type));
    }

    /** By sums of squares that are exact, and so don't cancel. */
    private static String variance(Aggregate aggregate, Scope scope) {
        boolean ofSample =
                aggregate.function() == AggregateFunction.VARIANCE || aggregate.function() == AggregateFunction.STDDEV;
        String rows = scope.values();
        String total = scope.total(aggregate);
        String squares = scope.squares(aggregate);
        String variance = "((%1$s * %2$s - %3$s * %3$s) / (%1$s::numeric * (%1$s - %4$s)))"
                .formatted(rows, squares, total, ofSample ? 1 : 0);
        return "case when %s > %s then %s end".formatted(rows, ofSample ? 1 : 0, real(variance));
    }

    /** Of the least hashes, as the sketch has it. */
    private static String distinct(Scope scope) {
        String hashes = scope.call("array_agg(distinct %1$s order by %1$s)".formatted(scope.value()), isNotNull(scope));
        return """
            case when %1$s is null then 0 when cardinality(%1$s) < %2$s then cardinality(%1$s)
                 else floor(%3$s * 9007199254740992::float8 / ((%1$s[%2$s] >> 11) + 4503599627370497)::float8)::bigint end\
            """.formatted(hashes, LEAST_HASHES, LEAST_HASHES - 1);
    }

    /** The number of least magnitude in the bucket of the nearest rank. */
    private static String quantile(Aggregate aggregate, Scope scope) {
        String bucket = scope.call(
                "percentile_disc(%s::float8) within group (order by %s)"
                        .formatted(String.format(Locale.ROOT, "%s", aggregate.quantile()), scope.value()),
                "");
        String magnitude = "case when %1$s < 0 then -%1$s - 1 else %1$s end".formatted(bucket);
        return """
            case when %1$s < 0 then -1 else 1 end * case (%2$s) >> 8
                when 2047 then 'Infinity'::float8
                when 0 then ((%2$s) & 255) * power(2::float8, -1030)
                else (1 + ((%2$s) & 255) / 256::float8) * power(2::float8, ((%2$s) >> 8) - 1023) end\
            """.formatted(bucket, magnitude);
    }

    private static String lastDistinct(Aggregate aggregate, Scope scope) {
        String values = inOrder(scope, isNotNull(scope));
        return orEmpty("""
            (select array_agg(d.v order by d.o)
             from (select e.v, max(e.o) as o
                   from (select unnest(%1$s) as v, generate_subscripts(%1$s, 1) as o) e
                   group by e.v order by 2 desc limit %2$s) d)\
            """.formatted(values, aggregate.size()), type(aggregate));
    }

    /** The order of values (rule W3), of an expression that is no float. */
    static String ordered(String value, ScalarType type) {
        return type == ScalarType.STRING ? value + " collate \"C\"" : value;
    }
}
