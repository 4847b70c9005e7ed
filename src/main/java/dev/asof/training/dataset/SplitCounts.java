package dev.asof.training.dataset;

import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.training.Split;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts the rows of splits, and those in none. */
final class SplitCounts {

    private final List<Split> splits;
    private final long[] rows;
    private long leftOut;

    SplitCounts(List<Split> splits) {
        this.splits = List.copyOf(splits);
        this.rows = new long[splits.size()];
    }

    void add(Instant asOf) {
        boolean used = false;
        for (int i = 0; i < rows.length; i++) {
            if (splits.get(i).contains(asOf)) {
                rows[i]++;
                used = true;
            }
        }
        leftOut += used ? 0 : 1;
    }

    /** Rows that are in no split: between two, before the first or after the last. */
    long leftOut() {
        return leftOut;
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

    private static String bound(@Nullable Instant time) {
        return time == null ? "any time" : Timestamps.format(time);
    }
}
