package dev.asof.windows;

import dev.asof.windows.OracleAnswer.Buckets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Whether what a face of the server gave, as JSON or JDBC has it, is what the oracle says. */
final class Comparison {

    private Comparison() {}

    static boolean same(OracleAnswer expected, Object got) {
        return same(expected.value(), got, expected.slack());
    }

    private static boolean same(Object expected, Object got, double slack) {
        return switch (expected) {
            case null -> got == null;
            case Double number -> got != null && near(number, number(got), slack);
            case Long number -> isWhole(got) && ((Number) got).longValue() == number;
            case Instant instant -> got != null && Instant.parse(got.toString()).equals(instant);
            case List<?> list -> got instanceof List<?> others && sameList(list, others, slack);
            case Buckets buckets ->
                got instanceof Map<?, ?> map
                        && same(buckets.keys(), map.get("keys"), 0)
                        && same(buckets.values(), map.get("values"), slack);
            default -> expected.equals(got);
        };
    }

    private static boolean sameList(List<?> expected, List<?> got, double slack) {
        boolean same = expected.size() == got.size();
        for (int i = 0; same && i < expected.size(); i++) {
            same = same(expected.get(i), got.get(i), slack);
        }
        return same;
    }

    private static boolean isWhole(Object got) {
        return got instanceof Integer || got instanceof Long;
    }

    /** Numbers that JSON has no token for come as text. */
    private static double number(Object got) {
        return got instanceof Number number ? number.doubleValue() : Double.parseDouble(got.toString());
    }

    private static boolean near(double expected, double got, double slack) {
        return Double.compare(expected, got) == 0 || Math.abs(expected - got) <= slack && slack > 0;
    }
}
