package dev.asof.windows;

import dev.asof.windows.OracleAnswer.Buckets;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What each aggregate function is of some rows in order of time, by rules W2, W3 and W6, in exact arithmetic. */
final class OracleFunctions {

    /** How far floats may be from the exact value, as a part of the sum of magnitudes (rule W3). */
    private static final double SLACK = 1e-12;

    /** How many hashes count distinct values. */
    private static final int HASHES = 1024;

    private static final MathContext DIGITS = new MathContext(60);

    private OracleFunctions() {}

    static OracleAnswer answer(OracleAggregate aggregate, List<RawEvent> rows) {
        var where = aggregate.where();
        var admitted = rows.stream()
                .filter(row -> where == null || Boolean.TRUE.equals(where.apply(row.values())))
                .filter(row -> input(aggregate, row) != OracleAggregate.FAILED)
                .toList();
        return aggregate.by() == null
                ? ofValues(aggregate, inputs(aggregate, admitted))
                : ofBuckets(aggregate, admitted);
    }

    /** One answer a step: their values as a list, and the worst of their statuses. */
    static OracleAnswer series(List<OracleAnswer> steps) {
        var values = new ArrayList<Object>();
        steps.forEach(step -> values.add(step.value()));
        boolean failed = steps.stream().anyMatch(step -> step.status().equals("ERROR"));
        return new OracleAnswer(
                values,
                failed ? "ERROR" : "PRESENT",
                steps.stream().mapToDouble(OracleAnswer::slack).max().orElse(0));
    }

    private static Object input(OracleAggregate aggregate, RawEvent row) {
        return aggregate.input() == null ? Boolean.TRUE : aggregate.input().apply(row.values());
    }

    private static List<Object> inputs(OracleAggregate aggregate, List<RawEvent> rows) {
        var values = new ArrayList<Object>();
        rows.forEach(row -> values.add(input(aggregate, row)));
        return values;
    }

    private static OracleAnswer ofBuckets(OracleAggregate aggregate, List<RawEvent> rows) {
        var buckets = new TreeMap<Object, List<RawEvent>>(OracleFunctions::compare);
        for (RawEvent row : rows) {
            Object key = shortened(row.values().get(aggregate.by()));
            if (key != null && input(aggregate, row) != null) {
                buckets.computeIfAbsent(key, _ -> new ArrayList<>()).add(row);
            }
        }
        boolean truncated = keepLeastHashes(buckets, 8 * aggregate.maxKeys());
        var answers = new ArrayList<Map.Entry<Object, OracleAnswer>>();
        buckets.forEach((key, of) -> answers.add(Map.entry(key, ofValues(aggregate, inputs(aggregate, of)))));
        answers.sort(Comparator.comparing(
                (Map.Entry<Object, OracleAnswer> entry) ->
                        ranked(entry.getValue().value()),
                Comparator.nullsLast((a, b) -> compare(b, a))));
        var answered = new ArrayList<>(answers.subList(0, Math.min(answers.size(), aggregate.maxKeys())));
        answered.sort((a, b) -> compare(a.getKey(), b.getKey()));
        var values = new ArrayList<Object>();
        answered.forEach(entry -> values.add(entry.getValue().value()));
        boolean failed =
                answered.stream().anyMatch(entry -> entry.getValue().status().equals("ERROR"));
        return new OracleAnswer(
                new Buckets(answered.stream().map(Map.Entry::getKey).toList(), values),
                failed ? "ERROR" : truncated ? "TRUNCATED" : "PRESENT",
                answered.stream()
                        .mapToDouble(entry -> entry.getValue().slack())
                        .max()
                        .orElse(0));
    }

    /** NaN is no greater than anything. */
    private static Object ranked(Object value) {
        return value instanceof Double number && number.isNaN() ? null : value;
    }

    /** Whether there were more values than are kept; then those of the least hashes are left. */
    private static boolean keepLeastHashes(TreeMap<Object, ?> values, int kept) {
        if (values.size() <= kept) {
            return false;
        }
        var byHash = new ArrayList<>(values.keySet());
        byHash.sort(Comparator.comparingLong(OracleHash::of));
        byHash.subList(kept, byHash.size()).forEach(values::remove);
        return true;
    }

    private static OracleAnswer ofValues(OracleAggregate aggregate, List<Object> withNulls) {
        var values = withNulls.stream().filter(Objects::nonNull).toList();
        return switch (aggregate.function()) {
            case "count" -> OracleAnswer.present((long) values.size());
            case "sum" -> aggregate.isInteger() ? integerSum(values) : floatSum(values, 1);
            case "avg" ->
                values.isEmpty()
                        ? OracleAnswer.orNull(null)
                        : aggregate.isInteger() ? integerAverage(values) : floatSum(values, values.size());
            case "min" ->
                OracleAnswer.orNull(ordered(values).stream().findFirst().orElse(null));
            case "max" ->
                OracleAnswer.orNull(
                        ordered(values).reversed().stream().findFirst().orElse(null));
            case "first" -> OracleAnswer.orNull(values.isEmpty() ? null : values.getFirst());
            case "last" -> OracleAnswer.orNull(values.isEmpty() ? null : values.getLast());
            case "variance" -> spread(values, values.size() - 1, false);
            case "variance_pop" -> spread(values, values.size(), false);
            case "stddev" -> spread(values, values.size() - 1, true);
            case "stddev_pop" -> spread(values, values.size(), true);
            case "count_distinct" -> OracleAnswer.present(distinct(values));
            case "approx_quantile" -> OracleAnswer.orNull(quantile(values, aggregate.quantile()));
            case "last_n" -> OracleAnswer.present(lastOf(withNulls, aggregate.n()));
            case "distinct_n" -> OracleAnswer.present(lastDistinct(values, aggregate.n()));
            case "top_k" -> mostFrequent(values, aggregate.n());
            default -> throw new IllegalArgumentException(aggregate.function());
        };
    }

    private static OracleAnswer integerSum(List<Object> values) {
        var total = integerTotal(values);
        boolean fits = total.bitLength() < Long.SIZE;
        return new OracleAnswer(fits ? total.longValueExact() : null, fits ? "PRESENT" : "ERROR", 0);
    }

    private static OracleAnswer integerAverage(List<Object> values) {
        double average = new BigDecimal(integerTotal(values))
                .divide(BigDecimal.valueOf(values.size()), DIGITS)
                .doubleValue();
        return new OracleAnswer(average, "PRESENT", Math.ulp(average) * 2);
    }

    private static BigInteger integerTotal(List<Object> values) {
        return values.stream()
                .map(value -> BigInteger.valueOf(((Number) value).longValue()))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static OracleAnswer floatSum(List<Object> values, int parts) {
        if (anyNonFinite(values)) {
            double total = values.stream().mapToDouble(value -> (Double) value).sum();
            return OracleAnswer.present(total);
        }
        double total = sum(values).divide(BigDecimal.valueOf(parts), DIGITS).doubleValue();
        double magnitudes =
                values.stream().mapToDouble(value -> Math.abs((Double) value)).sum();
        return new OracleAnswer(total, "PRESENT", SLACK * magnitudes / parts + Double.MIN_VALUE);
    }

    private static BigDecimal sum(List<Object> values) {
        return values.stream().map(OracleFunctions::exact).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Long integer ? BigDecimal.valueOf(integer) : new BigDecimal((Double) number);
    }

    private static boolean anyNonFinite(List<Object> values) {
        return values.stream().anyMatch(value -> value instanceof Double number && !Double.isFinite(number));
    }

    /** Variance or standard deviation: the squared distances from the mean, over so many. */
    private static OracleAnswer spread(List<Object> values, int over, boolean root) {
        if (over < 1) {
            return OracleAnswer.orNull(null);
        }
        if (anyNonFinite(values)) {
            return OracleAnswer.present(Double.NaN);
        }
        var squares = values.stream().map(value -> exact(value).pow(2)).reduce(BigDecimal.ZERO, BigDecimal::add);
        var count = BigDecimal.valueOf(values.size());
        double variance = count.multiply(squares)
                .subtract(sum(values).pow(2))
                .divide(count.multiply(BigDecimal.valueOf(over)), DIGITS)
                .doubleValue();
        if (Double.isInfinite(variance)) {
            return OracleAnswer.present(variance);
        }
        double magnitude = squares.doubleValue() / over;
        double slack = SLACK * (variance + Math.sqrt(variance * magnitude)) + SLACK * SLACK * magnitude;
        return root
                ? new OracleAnswer(
                        Math.sqrt(variance),
                        "PRESENT",
                        Math.sqrt(variance + slack) - Math.sqrt(Math.max(0, variance - slack)))
                : new OracleAnswer(variance, "PRESENT", slack);
    }

    /** In order, without NaN. */
    private static List<Object> ordered(List<Object> values) {
        return values.stream()
                .filter(value -> !(value instanceof Double number && number.isNaN()))
                .sorted(OracleFunctions::compare)
                .toList();
    }

    private static long distinct(List<Object> values) {
        var different = Set.copyOf(values);
        if (different.size() < HASHES) {
            return different.size();
        }
        var hashes = new TreeSet<Long>();
        different.forEach(value -> hashes.add(OracleHash.of(value)));
        long last = List.copyOf(hashes).get(HASHES - 1);
        // The least hashes fill this part of all there are: so many values would.
        double part = (last >> 11) + 0x1p52 + 1;
        return (long) Math.floor((HASHES - 1) * 0x1p53 / part);
    }

    /** The value at rank {@code ceil(q n)}, as the number of least magnitude that has its first twenty bits. */
    private static Double quantile(List<Object> values, double quantile) {
        var ordered = ordered(values.stream()
                .map(value -> (Object) ((Number) value).doubleValue())
                .toList());
        if (ordered.isEmpty()) {
            return null;
        }
        int rank = Math.max(1, (int) Math.ceil(quantile * ordered.size()));
        double value = (Double) ordered.get(rank - 1);
        return Double.longBitsToDouble(Double.doubleToLongBits(value) >> 44 << 44);
    }

    private static List<Object> lastOf(List<Object> values, int n) {
        return Collections.unmodifiableList(
                new ArrayList<>(values.subList(Math.max(0, values.size() - n), values.size())));
    }

    private static List<Object> lastDistinct(List<Object> values, int n) {
        var newestFirst = new ArrayList<Object>();
        for (Object value : values.reversed()) {
            Object kept = shortened(value);
            if (!newestFirst.contains(kept) && newestFirst.size() < n) {
                newestFirst.add(kept);
            }
        }
        return newestFirst.reversed();
    }

    private static OracleAnswer mostFrequent(List<Object> values, int k) {
        var counts = new TreeMap<Object, Integer>(OracleFunctions::compare);
        values.forEach(value -> counts.merge(shortened(value), 1, Integer::sum));
        boolean truncated = keepLeastHashes(counts, 8 * k);
        var mostFirst = counts.entrySet().stream()
                .sorted(Map.Entry.<Object, Integer>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .limit(k)
                .toList();
        return new OracleAnswer(mostFirst, truncated ? "TRUNCATED" : "PRESENT", 0);
    }

    /** Text's first 256 bytes, whole characters. */
    private static Object shortened(Object value) {
        if (!(value instanceof String text)) {
            return value;
        }
        var kept = new StringBuilder();
        for (int character : text.codePoints().toArray()) {
            var longer = kept.toString() + Character.toString(character);
            if (longer.getBytes(StandardCharsets.UTF_8).length > 256) {
                break;
            }
            kept.appendCodePoint(character);
        }
        return kept.toString();
    }

    /** Numbers as {@code Double.compare} has them, text by its bytes. */
    static int compare(Object a, Object b) {
        return switch (a) {
            case Double number -> number.compareTo((Double) b);
            case Long number -> number.compareTo((Long) b);
            case Boolean bool -> bool.compareTo((Boolean) b);
            case Instant instant -> instant.compareTo((Instant) b);
            case String text ->
                Arrays.compareUnsigned(
                        text.getBytes(StandardCharsets.UTF_8), ((String) b).getBytes(StandardCharsets.UTF_8));
            default -> throw new IllegalArgumentException(String.valueOf(a));
        };
    }
}
