package dev.asof.training.leakage;

import dev.asof.training.DatasetRow;
import dev.asof.training.LeakageThresholds;
import dev.asof.training.Split;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What splits share that they should not, or don't share that they should. */
final class SplitProbe implements LeakageProbe {

    private static final long SEED = 0x9E3779B97F4A7C15L;

    private final DatasetRow.Shape shape;
    private final List<Split> splits;
    private final LeakageThresholds thresholds;
    private final SplitOverlap entities;
    private final SplitOverlap duplicates;
    private final int[] keyColumns;
    private final int[] duplicateColumns;
    private final long[] rows;
    private final long[][] nulls;

    /** @param labelTimestamp position of the column with the labels' times; -1 when the request names none */
    SplitProbe(DatasetRow.Shape shape, int labelTimestamp, List<Split> splits, LeakageThresholds thresholds) {
        this.shape = shape;
        this.splits = List.copyOf(splits);
        this.thresholds = thresholds;
        this.entities = new SplitOverlap(splits);
        this.duplicates = new SplitOverlap(splits);
        this.keyColumns = shape.keys().stream().mapToInt(Integer::intValue).toArray();
        this.duplicateColumns = java.util.stream.IntStream.range(
                        0, shape.columns().size())
                .filter(i -> i != shape.asOf() && i != labelTimestamp)
                .toArray();
        this.rows = new long[splits.size()];
        this.nulls = new long[splits.size()][shape.columns().size()];
    }

    @Override
    public void add(DatasetRow row) {
        if (splits.isEmpty()) {
            return;
        }
        Instant asOf = row.asOf();
        boolean used = false;
        for (int split = 0; split < rows.length; split++) {
            if (splits.get(split).contains(asOf)) {
                used = true;
                rows[split]++;
                countNulls(row.values(), nulls[split]);
            }
        }
        if (used) {
            entities.add(hash(row.values(), keyColumns), asOf);
            duplicates.add(hash(row.values(), duplicateColumns), asOf);
        }
    }

    private static void countNulls(@Nullable Object[] values, long[] counts) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += values[i] == null ? 1 : 0;
        }
    }

    private static long hash(@Nullable Object[] values, int[] positions) {
        long hash = SEED;
        for (int position : positions) {
            hash = mixed(hash ^ hash(values[position]));
        }
        return hash;
    }

    private static long hash(@Nullable Object value) {
        return switch (value) {
            case null -> 1;
            case String text -> hash(text);
            case Long number -> mixed(number);
            case Double number -> mixed(Double.doubleToLongBits(number));
            case Instant time -> mixed(dev.asof.shared.Timestamps.toMicros(time));
            case byte[] bytes -> mixed(Arrays.hashCode(bytes) + SEED * bytes.length);
            case List<?> list ->
                hash(
                        list.toArray(),
                        java.util.stream.IntStream.range(0, list.size()).toArray());
            default -> mixed(value.hashCode());
        };
    }

    private static long hash(String text) {
        long hash = SEED;
        for (int i = 0; i < text.length(); i++) {
            hash = mixed(hash ^ text.charAt(i));
        }
        return hash;
    }

    /** The finalizer of MurmurHash3. */
    private static long mixed(long hash) {
        long once = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
        long twice = (once ^ (once >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return twice ^ (twice >>> 33);
    }

    @Override
    public List<Result> results() {
        if (splits.isEmpty()) {
            return List.of(Check.ENTITIES_ACROSS_SPLITS, Check.DUPLICATES_ACROSS_SPLITS, Check.NULL_RATES_DIFFER)
                    .stream()
                    .map(check -> Result.skipped(check, "The dataset has no splits"))
                    .toList();
        }
        return List.of(
                Result.of(Check.ENTITIES_ACROSS_SPLITS, entityFindings(), limits(entities)),
                Result.of(Check.DUPLICATES_ACROSS_SPLITS, duplicateFindings(), limits(duplicates)),
                Result.of(Check.NULL_RATES_DIFFER, nullRateFindings(), null));
    }

    private static @Nullable String limits(SplitOverlap overlap) {
        return overlap.isSample() ? "Counted in a part, chosen by hash; the shares hold for all" : null;
    }

    private List<Finding> entityFindings() {
        return entities.meetings().stream()
                .filter(meeting -> meeting.sharedDistinct() > 0)
                .map(meeting -> new Finding(
                        Check.ENTITIES_ACROSS_SPLITS,
                        Severity.INFO,
                        null,
                        pair(meeting.earlier(), meeting.later()),
                        meeting.sharedDistinct(),
                        (double) meeting.sharedDistinct() / meeting.distinct(),
                        null,
                        "%s of %s entities of %s are in %s too: usual with splits by time, unless the model is to work for new ones"
                                .formatted(
                                        meeting.sharedDistinct(),
                                        meeting.distinct(),
                                        meeting.later().name(),
                                        meeting.earlier().name()),
                        List.of()))
                .toList();
    }

    private List<Finding> duplicateFindings() {
        return duplicates.meetings().stream()
                .filter(meeting -> meeting.sharedRows() > 0)
                .map(meeting -> {
                    double share = (double) meeting.sharedRows() / meeting.rows();
                    return new Finding(
                            Check.DUPLICATES_ACROSS_SPLITS,
                            share > thresholds.duplicateShare() ? Severity.WARNING : Severity.INFO,
                            null,
                            pair(meeting.earlier(), meeting.later()),
                            meeting.sharedRows(),
                            share,
                            null,
                            "%s of %s rows of %s are the same as a row of %s in all but their times"
                                    .formatted(
                                            meeting.sharedRows(),
                                            meeting.rows(),
                                            meeting.later().name(),
                                            meeting.earlier().name()),
                            List.of());
                })
                .toList();
    }

    private List<Finding> nullRateFindings() {
        var findings = new ArrayList<Finding>();
        for (int earlier = 0; earlier < rows.length; earlier++) {
            for (int later = earlier + 1; later < rows.length; later++) {
                if (splits.get(earlier).group() == splits.get(later).group()) {
                    compareNulls(earlier, later, findings);
                }
            }
        }
        return findings;
    }

    private void compareNulls(int earlier, int later, List<Finding> findings) {
        if (rows[earlier] == 0 || rows[later] == 0) {
            return;
        }
        for (int column = 0; column < shape.columns().size(); column++) {
            double before = (double) nulls[earlier][column] / rows[earlier];
            double after = (double) nulls[later][column] / rows[later];
            if (Math.abs(after - before) > thresholds.nullRateDifference()) {
                var name = shape.columns().get(column).name();
                findings.add(new Finding(
                        Check.NULL_RATES_DIFFER,
                        Severity.WARNING,
                        name,
                        pair(splits.get(earlier), splits.get(later)),
                        null,
                        null,
                        Math.abs(after - before),
                        String.format(
                                Locale.ROOT,
                                "%.1f %% of %s is null in %s, %.1f %% in %s",
                                100 * before,
                                name,
                                splits.get(earlier).name(),
                                100 * after,
                                splits.get(later).name()),
                        List.of()));
            }
        }
    }

    private static String pair(Split earlier, Split later) {
        return later.name() + " against " + earlier.name();
    }
}
