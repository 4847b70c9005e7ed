package dev.asof.offline;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Where everything stands in Postgres; the layout is design section 3. */
final class OfflineNames {

    static final String BATCH_ID = "batch_id";
    static final String ROW_SEQUENCE = "row_sequence";
    static final String KNOWN_TIMESTAMP = "known_timestamp";
    static final String EVENT_TIMESTAMP = "event_timestamp";
    static final String DELETED = "deleted";
    static final String FAILED_FEATURES = "failed_features";

    /** The columns every feature table has besides its keys and features, in table order. */
    static final List<String> FEATURE_SYSTEM_COLUMNS =
            List.of(EVENT_TIMESTAMP, ROW_SEQUENCE, BATCH_ID, KNOWN_TIMESTAMP, DELETED, FAILED_FEATURES);

    /** The columns every log has before the source's own, in table order. */
    static final List<String> LOG_SYSTEM_COLUMNS = List.of(BATCH_ID, ROW_SEQUENCE, KNOWN_TIMESTAMP);

    private OfflineNames() {}

    /** The columns of a feature table for what its aggregates read: the inputs, then the row id. */
    static List<String> keptColumns(ViewAggregates aggregates) {
        return Stream.concat(
                        IntStream.range(0, aggregates.inputs().size()).mapToObj(OfflineNames::input),
                        rowId(aggregates).stream())
                .toList();
    }

    /** The column of an input, by its position. */
    static String input(int position) {
        return "input__" + (position + 1);
    }

    /** The columns that tell rows apart (rule W4); none where every row is an event. */
    static List<String> rowId(ViewAggregates aggregates) {
        return IntStream.rangeClosed(1, aggregates.rowId().size())
                .mapToObj(i -> "row_id__" + i)
                .toList();
    }

    static String log(SourceName source) {
        return Sql.qualified("offline", source.value() + "__log");
    }

    static String sourceView(SourceName source) {
        return Sql.qualified("sources", source.value());
    }

    static String featureTable(RegisteredView view) {
        return Sql.qualified("offline", view.version().relation());
    }

    static String historyView(RegisteredView view) {
        return Sql.qualified("features", view.version().relation());
    }

    /** What the functions of a version with aggregates read; nobody else needs it. */
    static String keptView(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_kept");
    }

    static String asOfFunction(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_asof");
    }

    /** As {@link #asOfFunction}, with the row's timestamps. */
    static String rowFunction(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_row");
    }

    static String currentHistoryView(FeatureViewName view) {
        return Sql.qualified("features", view.value());
    }

    static String currentAsOfFunction(FeatureViewName view) {
        return Sql.qualified("features", view.value() + "_asof");
    }
}
