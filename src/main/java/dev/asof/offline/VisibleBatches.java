package dev.asof.offline;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Rule A7: the batches that one snapshot of Postgres sees. An id below the highest that is missing was in flight then,
 * or was given to a batch that was never accepted; either way its rows don't count. Of ids below which nothing was in
 * flight any more none is missing: those that were never accepted have no rows.
 *
 * @param ranges as a Postgres {@code int8multirange}, such as {@code {[1,7),[8,13)}}
 */
public record VisibleBatches(String ranges) {

    private static final Pattern RANGE = Pattern.compile("\\[(\\d{1,18}),(\\d{1,18})\\)");

    private static final String SETTLED = "select through_id from asof.settled_batches";

    /** Runs of ids, found by what their distance to their place in the order is. The number is known when it is planned. */
    private static final String ABOVE = """
        select coalesce(range_agg(int8range(first, last + 1)), '{}')::text
        from (
            select 1 as first, %1$s as last where %1$s > 0
            union all
            select min(id), max(id)
            from (select id, id - row_number() over (order by id) as run from asof.batch where id > %1$s) numbered
            group by run) runs
        """;

    /** Ids from {@code first} to {@code last}, both included. */
    public record Range(long first, long last) {}

    public VisibleBatches {
        parse(ranges);
    }

    /** What the connection's transaction sees; only in repeatable read do all its statements see the same. */
    public static VisibleBatches of(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            long settled;
            try (var result = statement.executeQuery(SETTLED)) {
                result.next();
                settled = result.getLong(1);
            }
            try (var result = statement.executeQuery(ABOVE.formatted(settled))) {
                result.next();
                return new VisibleBatches(result.getString(1));
            }
        }
    }

    static VisibleBatches of(List<Range> ranges) {
        return new VisibleBatches(ranges.stream()
                .map(range -> "[%s,%s)".formatted(range.first(), range.last() + 1))
                .collect(Collectors.joining(",", "{", "}")));
    }

    /** Those of these batches that are not among others, in order. */
    List<Range> without(VisibleBatches others) {
        var rest = new ArrayList<Range>();
        var taken = others.visible();
        int next = 0;
        for (Range range : visible()) {
            long first = range.first();
            while (next < taken.size() && taken.get(next).last() < first) {
                next++;
            }
            for (int i = next; i < taken.size() && taken.get(i).first() <= range.last(); i++) {
                if (taken.get(i).first() > first) {
                    rest.add(new Range(first, taken.get(i).first() - 1));
                }
                first = taken.get(i).last() + 1;
            }
            if (first <= range.last()) {
                rest.add(new Range(first, range.last()));
            }
        }
        return rest;
    }

    /** Tells quickly which batches are among these. */
    Filter filter() {
        var ranges = visible();
        return new Filter(
                ranges.stream().mapToLong(Range::first).toArray(),
                ranges.stream().mapToLong(Range::last).toArray());
    }

    /** Tells which batches are among some. */
    static final class Filter {

        private final long[] firsts;
        private final long[] lasts;

        private Filter(long[] firsts, long[] lasts) {
            this.firsts = firsts;
            this.lasts = lasts;
        }

        boolean contains(long batch) {
            int found = Arrays.binarySearch(firsts, batch);
            int range = found >= 0 ? found : -found - 2;
            return range >= 0 && batch <= lasts[range];
        }
    }

    /** Zero when there is none. */
    public long highest() {
        var visible = visible();
        return visible.isEmpty() ? 0 : visible.getLast().last();
    }

    /** The ids below the highest that are not visible. */
    public List<Range> missing() {
        var missing = new ArrayList<Range>();
        long next = 1;
        for (Range range : visible()) {
            if (range.first() > next) {
                missing.add(new Range(next, range.first() - 1));
            }
            next = range.last() + 1;
        }
        return missing;
    }

    /** All ids that are not visible, those to come included, as an {@code int8multirange} for the as-of functions. */
    public String unseen() {
        String missing = missing().stream()
                .map(range -> "[%s,%s),".formatted(range.first(), range.last() + 1))
                .collect(Collectors.joining());
        return "{%s[%s,)}".formatted(missing, highest() + 1);
    }

    private List<Range> visible() {
        return parse(ranges);
    }

    /** However many there are: a manifest of an earlier server lists every gap. */
    private static List<Range> parse(String ranges) {
        var parsed = new ArrayList<Range>();
        if (!ranges.startsWith("{") || !ranges.endsWith("}")) {
            throw notRanges(ranges);
        }
        var matcher = RANGE.matcher(ranges);
        int end = 1;
        while (end < ranges.length() - 1) {
            int begin = parsed.isEmpty() ? end : end + 1;
            if (!parsed.isEmpty() && ranges.charAt(end) != ','
                    || !matcher.region(begin, ranges.length()).lookingAt()) {
                throw notRanges(ranges);
            }
            parsed.add(new Range(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)) - 1));
            end = matcher.end();
        }
        return parsed;
    }

    private static IllegalArgumentException notRanges(String ranges) {
        return new IllegalArgumentException(
                "Not a multirange of batches: " + ranges.substring(0, Math.min(ranges.length(), 100)));
    }
}
