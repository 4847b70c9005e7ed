package dev.asof.offline.schema;

import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where windows begin and end, in SQL (rules W1 and W5; {@link Window} has them for Java): computed once for all rows, by integers,
 * as hops are floored towards the past before 1970 too. Pure: text out, nothing run.
 *
 * @param asOf the as-of time, an expression
 */
record WindowBounds(List<Window> windows, String asOf) {

    private static final long LONGEST_INTERVAL_SECONDS = TimeUnit.DAYS.toSeconds(4_000_000);

    /** A select of one row with all bounds, which is not to be taken apart. */
    String select() {
        var columns = new ArrayList<>(List.of("t.at"));
        for (int i = 0; i < windows.size(); i++) {
            var window = windows.get(i);
            columns.add("%s as from_%s".formatted(from(window), i));
            if (!window.hasHead()) {
                columns.add("%s as until_%s".formatted(floored(window, window.offset()), i));
            }
            if (window.steps() > 1) {
                columns.add("array(select %s + generate_series(0, %s) * %s) as steps_%s"
                        .formatted(from(window), window.steps() - 1, interval(window.length() / window.steps()), i));
            }
        }
        // no arithmetic of infinite times: nothing is in a window there
        return """
            (select %s
             from (select case when isfinite(%2$s) then %2$s end as at,
                    case when isfinite(%2$s) then (extract(epoch from %2$s) * 1000000)::bigint end as micros) t
             offset 0)\
            """.formatted(String.join(", ", columns), asOf);
    }

    private static String from(Window window) {
        if (window.isUnbounded()) {
            return "timestamptz '-infinity'";
        }
        return window.hasHead()
                ? floored(window, window.length())
                : window.steps() > 1
                        ? floored(window, window.offset()) + " - " + interval(window.length())
                        : floored(window, Math.addExact(window.offset(), window.length()));
    }

    /** The greatest multiple of the hop that is not after some time before the as-of time. */
    private static String floored(Window window, long back) {
        return "t.at - %s - (((t.micros - %s) %% %3$s + %3$s) %% %3$s) * interval '1 microsecond'"
                .formatted(interval(back), back, window.hop());
    }

    /** Seconds, never days: an interval of days would follow the session's clock changes. */
    static String interval(long micros) {
        long seconds = Math.floorDiv(micros, 1_000_000L);
        if (seconds > LONGEST_INTERVAL_SECONDS) {
            throw new IllegalArgumentException("Too long for an interval: " + micros);
        }
        return String.format(Locale.ROOT, "interval '%s.%06d seconds'", seconds, Math.floorMod(micros, 1_000_000L));
    }

    /** The earliest time that any of the windows reaches back to. */
    String earliest() {
        return "least(%s)"
                .formatted(IntStream.range(0, windows.size())
                        .mapToObj(i -> "b.from_" + i)
                        .collect(Collectors.joining(", ")));
    }

    /** The condition that a time up to the as-of time is in a window; empty where it always is. */
    String holds(int window, String time) {
        var conditions = new ArrayList<String>();
        if (!windows.get(window).isUnbounded()) {
            conditions.add("%s >= b.from_%s".formatted(time, window));
        }
        if (!windows.get(window).hasHead()) {
            conditions.add("%s < b.until_%s".formatted(time, window));
        }
        return String.join(" and ", conditions);
    }

    /** Which step of a window a time in it is in, from 1. */
    String step(int window, String time) {
        return "width_bucket(%s, b.steps_%s)".formatted(time, window);
    }
}
