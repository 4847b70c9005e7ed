package dev.asof.offline;

import static dev.asof.offline.OfflineNames.BATCH_ID;
import static dev.asof.offline.OfflineNames.DELETED;
import static dev.asof.offline.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.OfflineNames.FAILED_FEATURES;
import static dev.asof.offline.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.offline.OfflineNames.ROW_SEQUENCE;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The statements for a view version's table and its history view, which users read it by. Pure: text out, nothing run. */
final class FeatureTableStatements {

    private FeatureTableStatements() {}

    /** The table, its index for rule A1, and the history view. */
    static List<String> create(RegisteredView view) {
        String table = OfflineNames.featureTable(view);
        String keys = view.keys().stream()
                .map(key -> quoted(key.name()) + " " + Sql.columnType(key.type()) + " not null, ")
                .collect(Collectors.joining());
        String features = view.features().stream()
                .map(feature -> ", " + quoted(feature.name()) + " " + Sql.columnType(feature.type()))
                .collect(Collectors.joining());
        var statements = new ArrayList<String>();
        statements.add("""
            create table %s (
                %sevent_timestamp timestamptz not null, row_sequence bigint not null, batch_id bigint not null,
                known_timestamp timestamptz not null, deleted boolean not null, failed_features smallint[]%s)
            """.formatted(table, keys, features));
        statements.add("create index on %s (%sevent_timestamp desc, row_sequence desc)"
                .formatted(
                        table,
                        view.keys().stream()
                                .map(key -> quoted(key.name()) + ", ")
                                .collect(Collectors.joining())));
        statements.add(
                "create index on %s using brin (batch_id, row_sequence) with (pages_per_range = 32, autosummarize = on)"
                        .formatted(table));
        statements.addAll(TableRevision.watch(view));
        statements.add("create view %s as %s".formatted(OfflineNames.historyView(view), history(view)));
        return statements;
    }

    private static String history(RegisteredView view) {
        return "select %s from %s".formatted(Sql.quotedList(historyColumns(view)), OfflineNames.featureTable(view));
    }

    static List<String> historyColumns(RegisteredView view) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(key.name()));
        columns.add(EVENT_TIMESTAMP);
        view.features().forEach(feature -> columns.add(feature.name()));
        columns.addAll(List.of(DELETED, FAILED_FEATURES, KNOWN_TIMESTAMP, BATCH_ID, ROW_SEQUENCE));
        return columns;
    }

    static List<String> drop(RegisteredView view) {
        return List.of(
                "drop view if exists " + OfflineNames.historyView(view),
                "drop table if exists " + OfflineNames.featureTable(view),
                TableRevision.forget(view));
    }
}
