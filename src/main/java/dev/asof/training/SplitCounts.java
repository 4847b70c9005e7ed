package dev.asof.training;

import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Counts the rows of splits, and those that lie between the splits of a group. */
final class SplitCounts {

    private final List<Split> splits;
    private final long[] rows;
    private long inGaps;

    SplitCounts(List<Split> splits) {
        this.splits = List.copyOf(splits);
        this.rows = new long[splits.size()];
    }

    void add(Instant asOf) {
        Set<Integer> before = new HashSet<>();
        Set<Integer> behind = new HashSet<>();
        boolean used = false;
        for (int i = 0; i < rows.length; i++) {
            var split = splits.get(i);
            if (split.contains(asOf)) {
                rows[i]++;
                used = true;
            } else if (split.from() != null && asOf.isBefore(split.from())) {
                before.add(split.group());
            } else {
                behind.add(split.group());
            }
        }
        before.retainAll(behind);
        if (!used && !before.isEmpty()) {
            inGaps++;
        }
    }

    /** Rows that are behind one split of a group, before another, and in none of any group. */
    long inGaps() {
        return inGaps;
    }

    void refuseEmpty(String span, Violations violations) {
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == 0) {
                var split = splits.get(i);
                violations.add(Violation.of(
                        "splits." + split.name(),
                        "empty_split",
                        "No row has its as-of time in %s, from %s until %s; %s"
                                .formatted(split.name(), bound(split.from()), bound(split.until()), span)));
            }
        }
    }

    private static String bound(@org.jspecify.annotations.Nullable Instant time) {
        return time == null ? "any time" : Timestamps.format(time);
    }
}
