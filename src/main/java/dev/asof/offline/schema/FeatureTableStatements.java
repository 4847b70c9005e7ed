package dev.asof.offline.schema;

import static dev.asof.offline.schema.OfflineNames.BATCH_ID;
import static dev.asof.offline.schema.OfflineNames.DELETED;
import static dev.asof.offline.schema.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.schema.OfflineNames.FAILED_FEATURES;
import static dev.asof.offline.schema.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.offline.schema.OfflineNames.ROW_SEQUENCE;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements for a view version's table and its history view, which users read it by. Pure: text out, nothing run. */
public final class FeatureTableStatements {

    private FeatureTableStatements() {}

    /** The table, its indexes for rules A1 and W4, the history view, and what functions read. */
    public static List<String> create(RegisteredView view) {
        String table = OfflineNames.featureTable(view);
        var aggregates = view.aggregates();
        String features = view.rowFeatures().stream()
                .map(feature -> ", " + quoted(feature.name()) + " " + Sql.columnType(feature.type()))
                .collect(Collectors.joining());
        var statements = new ArrayList<String>();
        statements.add("""
            create table %s (
                %sevent_timestamp timestamptz not null, row_sequence bigint not null, batch_id bigint not null,
                known_timestamp timestamptz not null, deleted boolean not null, failed_features smallint[]%s%s)
            """.formatted(
                        table,
                        keys(view),
                        features,
                        aggregates.map(FeatureTableStatements::kept).orElse("")));
        String newestFirst =
                view.keys().stream().map(key -> quoted(key.name()) + ", ").collect(Collectors.joining())
                        + "event_timestamp desc, row_sequence desc";
        statements.add("create index on %s (%s)".formatted(table, newestFirst));
        aggregates.ifPresent(kept -> statements.add(
                kept.rowId().isEmpty()
                        ? "create index on %s (%s) where deleted".formatted(table, newestFirst)
                        : "create index on %s (%s, row_sequence)"
                                .formatted(table, Sql.commaSeparated(OfflineNames.rowId(kept)))));
        statements.add(
                "create index on %s using brin (batch_id, row_sequence) with (pages_per_range = 32, autosummarize = on)"
                        .formatted(table));
        statements.addAll(TableRevision.watch(view));
        statements.add("create view %s as %s".formatted(OfflineNames.historyView(view), history(view)));
        aggregates.ifPresent(kept -> statements.add("create view %s as select %s from %s"
                .formatted(OfflineNames.keptView(view), forAggregates(view, kept), table)));
        return statements;
    }

    /** With a row id a row may be there only to say that an earlier one of its id has another key, or none (rule W4). */
    private static String keys(RegisteredView view) {
        String nullable = view.rowId().isEmpty() ? " not null" : "";
        return view.keys().stream()
                .map(key -> quoted(key.name()) + " " + Sql.columnType(key.type()) + nullable + ", ")
                .collect(Collectors.joining());
    }

    private static String kept(ViewAggregates aggregates) {
        var names = OfflineNames.keptColumns(aggregates);
        var types = aggregates.columnTypes();
        return IntStream.range(0, names.size())
                .mapToObj(i -> ", %s %s".formatted(names.get(i), Sql.columnType(types.get(i))))
                .collect(Collectors.joining());
    }

    private static String forAggregates(RegisteredView view, ViewAggregates aggregates) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(key.name()));
        columns.addAll(List.of(EVENT_TIMESTAMP, ROW_SEQUENCE, BATCH_ID, KNOWN_TIMESTAMP, DELETED));
        columns.addAll(OfflineNames.keptColumns(aggregates));
        return Sql.quotedList(columns);
    }

    private static String history(RegisteredView view) {
        return "select %s from %s".formatted(Sql.quotedList(historyColumns(view)), OfflineNames.featureTable(view));
    }

    public static List<String> historyColumns(RegisteredView view) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(key.name()));
        columns.add(EVENT_TIMESTAMP);
        view.rowFeatures().forEach(feature -> columns.add(feature.name()));
        columns.addAll(List.of(DELETED, FAILED_FEATURES, KNOWN_TIMESTAMP, BATCH_ID, ROW_SEQUENCE));
        return columns;
    }

    public static List<String> drop(RegisteredView view) {
        var statements = new ArrayList<String>();
        statements.add("drop view if exists " + OfflineNames.historyView(view));
        if (view.hasAggregates()) {
            statements.add("drop view if exists " + OfflineNames.keptView(view));
        }
        statements.add("drop table if exists " + OfflineNames.featureTable(view));
        statements.add(TableRevision.forget(view));
        return statements;
    }
}
