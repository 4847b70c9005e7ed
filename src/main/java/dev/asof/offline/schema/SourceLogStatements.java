package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.SourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The statements for what a source has in Postgres: its log, and the view that users read it by. Pure: text out, nothing run. */
public final class SourceLogStatements {

    private SourceLogStatements() {}

    public static List<String> create(RegisteredSource source) {
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
    public static List<String> addColumns(RegisteredSource source, List<SourceColumn> added) {
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

    public static List<String> drop(SourceName source) {
        return List.of(
                "drop view if exists " + OfflineNames.sourceView(source),
                "drop table if exists " + OfflineNames.log(source));
    }
}
