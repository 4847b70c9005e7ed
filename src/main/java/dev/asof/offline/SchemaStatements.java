package dev.asof.offline;

import static dev.asof.offline.OfflineNames.BATCH_ID;
import static dev.asof.offline.OfflineNames.DELETED;
import static dev.asof.offline.OfflineNames.EVENT_TIMESTAMP;
import static dev.asof.offline.OfflineNames.FAILED_FEATURES;
import static dev.asof.offline.OfflineNames.KNOWN_TIMESTAMP;
import static dev.asof.offline.OfflineNames.ROW_SEQUENCE;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that create what a source or a view version has in Postgres. Pure: text out, nothing run. */
final class SchemaStatements {

    private SchemaStatements() {}

    static List<String> createLog(RegisteredSource source) {
        SourceName name = source.definition().name();
        String columns = source.columns().stream()
                .map(column -> ", " + quoted(column.name()) + " " + Sql.columnType(column.type()))
                .collect(Collectors.joining());
        var statements = new ArrayList<String>();
        statements.add("""
            create table %s (
                batch_id bigint not null, row_sequence bigint not null, known_timestamp timestamptz not null%s)
            """.formatted(OfflineNames.log(name), columns));
        statements.add(
                "create index on %s using brin (batch_id, row_sequence) with (pages_per_range = 32, autosummarize = on)"
                        .formatted(OfflineNames.log(name)));
        statements.addAll(replaceSourceView(source));
        return statements;
    }

    /**
     * Replaces the view as it is before anything else: its readers lock it before the log, and whoever did it the other way
     * round would wait for them as they for him.
     */
    static List<String> addColumns(RegisteredSource source, List<SourceColumn> added) {
        var statements = new ArrayList<String>();
        statements.add(replaceView(source.definition().name()));
        for (SourceColumn column : added) {
            statements.add("alter table %s add column %s %s"
                    .formatted(
                            OfflineNames.log(source.definition().name()),
                            quoted(column.name()),
                            Sql.columnType(column.type())));
        }
        statements.addAll(replaceSourceView(source));
        return statements;
    }

    private static List<String> replaceSourceView(RegisteredSource source) {
        var statements = new ArrayList<String>();
        statements.add(replaceView(source.definition().name()));
        statements.addAll(SchemaComments.ofSource(source));
        return statements;
    }

    private static String replaceView(SourceName source) {
        return "create or replace view %s as select * from %s"
                .formatted(OfflineNames.sourceView(source), OfflineNames.log(source));
    }

    static List<String> dropLog(SourceName source) {
        return List.of(
                "drop view if exists " + OfflineNames.sourceView(source),
                "drop table if exists " + OfflineNames.log(source));
    }

    /** The version's table, its index for rule A1, its history view and its as-of functions. */
    static List<String> createViewVersion(RegisteredView view) {
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
        statements.add("create view %s as %s".formatted(OfflineNames.historyView(view), history(view)));
        statements.add(createRowFunction(view));
        statements.add(createAsOfFunction(view));
        statements.addAll(SchemaComments.ofVersion(view));
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

    /**
     * Rules A1 to A4 in SQL ({@link HistoryCopy} has them for copies): the winning row with its timestamps. One plain select
     * without {@code strict} or security clauses, so that the planner inlines it into a lateral join and folds defaulted
     * arguments away. Batches are named that don't count, not those that do: the planner can't tell how many rows a
     * multirange holds and takes it for few, which makes it read and sort whole histories.
     */
    private static String createRowFunction(RegisteredView view) {
        int asOf = view.keys().size() + 1;
        String keysMatch =
                numbered(view.keys().stream().map(RegisteredView.Key::name).toList());
        String withinTtl = view.ttl()
                .map(ttl -> " and h.event_timestamp >= $%s - %s".formatted(asOf, interval(ttl)))
                .orElse("");
        return """
            create function %1$s(%2$s)
            returns table (event_timestamp timestamptz, known_timestamp timestamptz, %3$s)
            language sql stable parallel safe
            as $asof$
            select w.event_timestamp, w.known_timestamp, %4$s
            from (
                select h.* from %5$s h
                where %6$sh.event_timestamp <= $%7$s%8$s and h.event_timestamp >= $%12$s
                  and (not $%9$s or h.event_timestamp < $%7$s)
                  and ($%10$s is null or h.known_timestamp <= $%10$s)
                  and ($%11$s is null or not h.batch_id <@ $%11$s)
                order by h.event_timestamp desc, h.row_sequence desc
                limit 1) w
            where not w.deleted
            $asof$
            """.formatted(
                        OfflineNames.rowFunction(view),
                        parameters(view) + ", not_before timestamptz default '-infinity'",
                        resultColumns(view),
                        view.features().stream()
                                .map(feature -> "w." + quoted(feature.name()))
                                .collect(Collectors.joining(", ")),
                        OfflineNames.historyView(view),
                        keysMatch,
                        asOf,
                        withinTtl,
                        asOf + 1,
                        asOf + 2,
                        asOf + 3,
                        asOf + 4);
    }

    /** The row function's features alone, for users. */
    private static String createAsOfFunction(RegisteredView view) {
        return """
            create function %s(%s)
            returns table (%s)
            language sql stable parallel safe
            as $asof$ select %s from %s(%s) $asof$
            """.formatted(
                        OfflineNames.asOfFunction(view),
                        parameters(view),
                        resultColumns(view),
                        Sql.quotedList(view.features().stream()
                                .map(feature -> featureColumn(view, feature))
                                .toList()),
                        OfflineNames.rowFunction(view),
                        arguments(view));
    }

    private static String numbered(List<String> keys) {
        var matches = new StringBuilder();
        for (int i = 0; i < keys.size(); i++) {
            matches.append("h.")
                    .append(quoted(keys.get(i)))
                    .append(" = $")
                    .append(i + 1)
                    .append(" and ");
        }
        return matches.toString();
    }

    /** Seconds, never days: an interval of days would follow the session's clock changes. */
    private static String interval(Duration ttl) {
        return String.format(Locale.ROOT, "interval '%s.%06d seconds'", ttl.getSeconds(), ttl.getNano() / 1_000);
    }

    private static String parameters(RegisteredView view) {
        return view.keys().stream()
                        .map(key -> quoted(key.name()) + " " + Sql.type(key.type()) + ", ")
                        .collect(Collectors.joining())
                + "as_of timestamptz, strict boolean default false, known timestamptz default null,"
                + " unseen_batches int8multirange default null";
    }

    /** A function's own parameters, to be handed on. */
    private static String arguments(RegisteredView view) {
        return IntStream.rangeClosed(1, view.keys().size() + 4)
                .mapToObj(i -> "$" + i)
                .collect(Collectors.joining(", "));
    }

    private static String resultColumns(RegisteredView view) {
        return view.features().stream()
                .map(feature -> quoted(featureColumn(view, feature)) + " " + Sql.type(feature.type()))
                .collect(Collectors.joining(", "));
    }

    private static String featureColumn(RegisteredView view, RegisteredView.Feature feature) {
        return view.version().view() + "__" + feature.name();
    }

    /**
     * The unversioned view and function, which follow a version.
     *
     * @param columns of the version's history, in the order in which the view shall have them
     */
    static List<String> createOrReplaceCurrent(RegisteredView view, List<String> columns) {
        FeatureViewName name = view.version().view();
        var statements = new ArrayList<>(List.of(
                "create or replace view %s as select %s from %s"
                        .formatted(
                                OfflineNames.currentHistoryView(name),
                                Sql.quotedList(columns),
                                OfflineNames.historyView(view)),
                """
                create or replace function %s(%s)
                returns table (%s)
                language sql stable parallel safe
                as $asof$ select * from %s(%s) $asof$
                """.formatted(
                                OfflineNames.currentAsOfFunction(name),
                                parameters(view),
                                resultColumns(view),
                                OfflineNames.asOfFunction(view),
                                arguments(view))));
        statements.addAll(SchemaComments.ofCurrent(view));
        return statements;
    }

    static String dropCurrentView(FeatureViewName view) {
        return "drop view if exists " + OfflineNames.currentHistoryView(view);
    }

    static String dropCurrentFunction(FeatureViewName view) {
        return "drop function if exists " + OfflineNames.currentAsOfFunction(view);
    }

    static List<String> dropViewVersion(RegisteredView view) {
        return List.of(
                "drop function if exists " + OfflineNames.asOfFunction(view),
                "drop function if exists " + OfflineNames.rowFunction(view),
                "drop view if exists " + OfflineNames.historyView(view),
                "drop table if exists " + OfflineNames.featureTable(view));
    }
}
