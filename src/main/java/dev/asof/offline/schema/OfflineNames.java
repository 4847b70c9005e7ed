package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Where everything stands in Postgres; the layout is design section 3. */
public final class OfflineNames {

    public static final String BATCH_ID = "batch_id";
    public static final String ROW_SEQUENCE = "row_sequence";
    public static final String KNOWN_TIMESTAMP = "known_timestamp";
    public static final String EVENT_TIMESTAMP = "event_timestamp";
    public static final String DELETED = "deleted";
    public static final String FAILED_FEATURES = "failed_features";

    /** The columns every feature table has besides its keys and features, in table order. */
    public static final List<String> FEATURE_SYSTEM_COLUMNS =
            List.of(EVENT_TIMESTAMP, ROW_SEQUENCE, BATCH_ID, KNOWN_TIMESTAMP, DELETED, FAILED_FEATURES);

    /** The columns every log has before the source's own, in table order. */
    public static final List<String> LOG_SYSTEM_COLUMNS = List.of(BATCH_ID, ROW_SEQUENCE, KNOWN_TIMESTAMP);

    private OfflineNames() {}

    /** The columns of a feature table for what its aggregates read: the inputs, then the row id. */
    public static List<String> keptColumns(ViewAggregates aggregates) {
        return Stream.concat(
                        IntStream.range(0, aggregates.inputs().size()).mapToObj(OfflineNames::input),
                        rowId(aggregates).stream())
                .toList();
    }

    /** The column of an input, by its position. */
    public static String input(int position) {
        return "input__" + (position + 1);
    }

    /** The columns that tell rows apart (rule W4); none where every row is an event. */
    public static List<String> rowId(ViewAggregates aggregates) {
        return IntStream.rangeClosed(1, aggregates.rowId().size())
                .mapToObj(i -> "row_id__" + i)
                .toList();
    }

    public static String log(SourceName source) {
        return Sql.qualified("offline", source.value() + "__log");
    }

    public static String sourceView(SourceName source) {
        return Sql.qualified("sources", source.value());
    }

    public static String featureTable(RegisteredView view) {
        return Sql.qualified("offline", view.version().relation());
    }

    public static String historyView(RegisteredView view) {
        return Sql.qualified("features", view.version().relation());
    }

    /** What the functions of a version with aggregates read; nobody else needs it. */
    public static String keptView(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_kept");
    }

    public static String asOfFunction(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_asof");
    }

    /** As {@link #asOfFunction}, with the row's timestamps. */
    public static String rowFunction(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_row");
    }

    /** The aggregates of a version, with the timestamps of their windows. */
    public static String windowFunction(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_agg");
    }

    /** The column of {@link #windowFunction} for a window's greatest event timestamp, by the window's position. */
    public static String eventTimestamp(int window) {
        return EVENT_TIMESTAMP + "__" + (window + 1);
    }

    /** The same for the known timestamp. */
    public static String knownTimestamp(int window) {
        return KNOWN_TIMESTAMP + "__" + (window + 1);
    }

    public static String currentHistoryView(FeatureViewName view) {
        return Sql.qualified("features", view.value());
    }

    public static String currentAsOfFunction(FeatureViewName view) {
        return Sql.qualified("features", view.value() + "_asof");
    }
}
