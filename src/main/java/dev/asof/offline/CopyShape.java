package dev.asof.offline;

import dev.asof.offline.copy.Answers;
import dev.asof.offline.copy.CopiedRows;
import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.TimestampSource;
import dev.asof.transform.window.Window;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which field of a joined row each value is: the spine's columns, the selection's stored columns, the sources' timestamps. */
final class CopyShape {

    private final int fields;
    private final List<Part> parts;

    /**
     * What a view gives.
     *
     * @param features for each of the features that rows hold the field, or -1
     * @param timestamps the first of the two fields of the row's timestamps; -1 where they aren't wanted
     * @param isRowWanted whether anything of the row is
     * @param aggregates positions among the view's features of those that are answered
     * @param windows of which the timestamps are answered after them
     * @param answers the fields of both
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Part(
            int[] features,
            int timestamps,
            boolean isRowWanted,
            List<Integer> aggregates,
            List<Window> windows,
            int[] answers) {

        boolean hasAggregates() {
            return !aggregates.isEmpty();
        }

        /** @param from null where no row was found */
        void readRow(@Nullable MemorySegment from, long place, BlockRow into) {
            if (from == null) {
                into.setNull(features);
                if (timestamps >= 0) {
                    into.setNull(timestamps, timestamps + 1);
                }
                return;
            }
            CopiedRows.readFeatures(from, place, into, features);
            if (timestamps >= 0) {
                CopiedRows.readTimestamps(from, place, into, timestamps);
            }
        }

        void readAnswers(Answers from, int row, BlockRow into) {
            from.read(row, into, answers);
        }
    }

    /** @param handedThrough how many columns of the spine come first */
    CopyShape(FeatureSelection selection, int handedThrough, boolean withTimestamps) {
        var sources = withTimestamps ? selection.timestampSources() : List.<TimestampSource>of();
        int firstTimestamp = handedThrough + selection.storedColumns().size();
        this.fields = firstTimestamp + 2 * sources.size();
        this.parts = IntStream.range(0, selection.views().size())
                .mapToObj(view -> part(selection, view, handedThrough, sources, firstTimestamp))
                .toList();
    }

    private static Part part(
            FeatureSelection selection,
            int view,
            int handedThrough,
            List<TimestampSource> sources,
            int firstTimestamp) {
        var version = selection.views().get(view).view();
        int[] features = new int[version.rowFeatures().size()];
        Arrays.fill(features, -1);
        var aggregates = new ArrayList<Integer>();
        var windows = new ArrayList<Window>();
        var answers = IntStream.builder();
        var columns = selection.storedColumns();
        for (int i = 0; i < columns.size(); i++) {
            var column = columns.get(i);
            if (column.view() != view) {
                continue;
            }
            if (version.features().get(column.feature()).isAggregate()) {
                aggregates.add(column.feature());
                answers.add(handedThrough + i);
            } else {
                features[version.rowPosition(column.feature())] = handedThrough + i;
            }
        }
        int timestamps = -1;
        for (int i = 0; i < sources.size(); i++) {
            int field = firstTimestamp + 2 * i;
            switch (sources.get(i)) {
                case TimestampSource.Row(int of) when of == view -> timestamps = field;
                case TimestampSource.Windowed(int of, Window window)
                when of == view -> {
                    windows.add(window);
                    answers.add(field).add(field + 1);
                }
                case TimestampSource.Row _, TimestampSource.Windowed _ -> {}
            }
        }
        boolean isRowWanted = timestamps >= 0 || Arrays.stream(features).anyMatch(field -> field >= 0);
        return new Part(
                features,
                timestamps,
                isRowWanted,
                List.copyOf(aggregates),
                List.copyOf(windows),
                answers.build().toArray());
    }

    int fields() {
        return fields;
    }

    /** What each of the selection's views gives. */
    List<Part> parts() {
        return parts;
    }

    boolean hasAggregates() {
        return parts.stream().anyMatch(Part::hasAggregates);
    }
}
